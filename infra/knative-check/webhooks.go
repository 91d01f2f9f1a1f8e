package main

import (
	"context"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"
	"knative.dev/serving/pkg/apis/config"
	"sigs.k8s.io/yaml"
)

// webhooked has the methods of a kind that Knative's admission webhooks call.
type webhooked interface {
	SetDefaults(ctx context.Context)
	Validate(ctx context.Context) *apis.FieldError
}

// contextWith returns the context of a webhook at the creation of a resource, with these feature flags.
func contextWith(features string) (context.Context, error) {
	data, err := dataOf(features)
	if err != nil {
		return nil, err
	}
	flags, err := config.NewFeaturesConfigFromMap(data)
	if err != nil {
		return nil, err
	}
	defaults, err := config.NewDefaultsConfigFromMap(nil)
	if err != nil {
		return nil, err
	}
	scaling := config.FromContextOrDefaults(context.Background()).Autoscaler
	all := &config.Config{Defaults: defaults, Features: flags, Autoscaler: scaling}
	return config.ToContext(apis.WithinCreate(context.Background()), all), nil
}

func dataOf(file string) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	found := &corev1.ConfigMap{}
	if err := yaml.Unmarshal(content, found); err != nil {
		return nil, err
	}
	return found.Data, nil
}

func webhookProblems(ctx context.Context, document Document, resource webhooked) []string {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(document.Object, resource); err != nil {
		return []string{err.Error()}
	}
	resource.SetDefaults(ctx)
	found := []string{}
	for _, problem := range resource.Validate(ctx).WrappedErrors() {
		if problem.Level == apis.ErrorLevel {
			found = append(found, strings.ReplaceAll(problem.Error(), "\n", " "))
		}
	}
	return found
}
