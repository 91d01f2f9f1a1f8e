package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	kjson "sigs.k8s.io/json"

	sinksv1alpha1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/eventing/v1alpha1"
	kafkav1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/sources/v1"
	eventingv1beta3 "knative.dev/eventing/pkg/apis/eventing/v1beta3"
	pingv1 "knative.dev/eventing/pkg/apis/sources/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

// The kinds that Knative's webhooks validate.
var knatives = map[string]func() webhooked{
	"serving.knative.dev/v1 Service":          func() webhooked { return &servingv1.Service{} },
	"sources.knative.dev/v1 KafkaSource":      func() webhooked { return &kafkav1.KafkaSource{} },
	"sources.knative.dev/v1 PingSource":       func() webhooked { return &pingv1.PingSource{} },
	"eventing.knative.dev/v1alpha1 KafkaSink": func() webhooked { return &sinksv1alpha1.KafkaSink{} },
	"eventing.knative.dev/v1beta3 EventType":  func() webhooked { return &eventingv1beta3.EventType{} },
}

// The kinds of Kubernetes itself. They are decoded strictly, so an unknown field is a problem.
var kubernetes = map[string]func() any{
	"v1 ConfigMap":                       func() any { return &corev1.ConfigMap{} },
	"v1 Namespace":                       func() any { return &corev1.Namespace{} },
	"v1 PersistentVolumeClaim":           func() any { return &corev1.PersistentVolumeClaim{} },
	"v1 Secret":                          func() any { return &corev1.Secret{} },
	"v1 Service":                         func() any { return &corev1.Service{} },
	"v1 ServiceAccount":                  func() any { return &corev1.ServiceAccount{} },
	"apps/v1 Deployment":                 func() any { return &appsv1.Deployment{} },
	"apps/v1 StatefulSet":                func() any { return &appsv1.StatefulSet{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":      func() any { return &policyv1.PodDisruptionBudget{} },
	"scheduling.k8s.io/v1 PriorityClass": func() any { return &schedulingv1.PriorityClass{} },
}

// Kinds that are checked only if a folder of CRDs has their schema, and skipped otherwise: Strimzi publishes its CRDs
// neither as a Go module nor as any other package.
var bySchemaAlone = map[string]bool{
	"kafka.strimzi.io/v1 KafkaTopic": true, "kafka.strimzi.io/v1beta2 KafkaTopic": true,
	"kafka.strimzi.io/v1 KafkaUser": true, "kafka.strimzi.io/v1beta2 KafkaUser": true,
}

// judge returns the reasons why a cluster would refuse the document, or none if it would accept it.
func judge(ctx context.Context, schemas Schemas, document Document) []string {
	if document.Broken != nil {
		return []string{"no YAML: " + document.Broken.Error()}
	}
	kind := document.apiVersion() + " " + document.Kind()
	if create, known := kubernetes[kind]; known {
		return decodingProblems(document, create())
	}
	schema, described := schemas[kind]
	create, known := knatives[kind]
	if !described {
		if bySchemaAlone[kind] {
			return nil
		}
		return []string{fmt.Sprintf("there is no %s on a cluster with Knative", kind)}
	}
	if found := schema.problems(document.Object); len(found) > 0 || !known {
		return found
	}
	return webhookProblems(ctx, document, create())
}

func decodingProblems(document Document, into any) []string {
	strict, err := kjson.UnmarshalStrict(document.JSON, into)
	if err != nil {
		return []string{err.Error()}
	}
	found := []string{}
	for _, problem := range strict {
		found = append(found, problem.Error())
	}
	return found
}
