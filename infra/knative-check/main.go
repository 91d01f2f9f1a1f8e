// knative-check prints which manifests Knative and Kubernetes would refuse, without a cluster. It checks Knative's kinds
// strictly by the schemas of their CRDs, and then by SetDefaults and Validate, which Knative's webhooks call. It decodes
// the kinds of Kubernetes itself strictly.
//
//	knative-check --crds FOLDER [--crds FOLDER] [--features FILE] [--json] [FILE...]
//
// Without FILE, or for "-", it reads standard input. The exit status is 0 if nothing is refused, 1 if something is
// refused, and 2 if the check was not possible.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

type folders []string

func (f *folders) String() string { return fmt.Sprint(*f) }

func (f *folders) Set(folder string) error {
	*f = append(*f, folder)
	return nil
}

func main() {
	var crds folders
	flag.Var(&crds, "crds", "folder of CustomResourceDefinitions; may be given more than once")
	features := flag.String("features", "", "file with the ConfigMap config-features of the cluster; without it, Knative's defaults are used")
	asJSON := flag.Bool("json", false, "print a JSON array of refusals")
	flag.Parse()
	refusals, err := check(crds, *features, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "knative-check:", err)
		os.Exit(2)
	}
	if err := report(refusals, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "knative-check:", err)
		os.Exit(2)
	}
	if len(refusals) > 0 {
		os.Exit(1)
	}
}

func check(crds []string, features string, files []string) ([]Refusal, error) {
	documents, err := readAll(files)
	if err != nil {
		return nil, err
	}
	schemas, err := loadSchemas(crds)
	if err != nil {
		return nil, err
	}
	ctx, err := contextWith(features)
	if err != nil {
		return nil, err
	}
	refusals := []Refusal{}
	for _, document := range documents {
		for _, problem := range judge(ctx, schemas, document) {
			refusals = append(refusals, Refusal{document.File, document.Kind(), document.Name(), problem})
		}
	}
	return refusals, nil
}

// Refusal is one problem of a resource, with the file of the resource.
type Refusal struct {
	File    string `json:"file"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

func report(refusals []Refusal, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(refusals)
	}
	for _, r := range refusals {
		if _, err := fmt.Printf("%s: %s %s: %s\n", r.File, r.Kind, r.Name, r.Problem); err != nil {
			return err
		}
	}
	return nil
}
