package main

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// Schema is one version of a CustomResourceDefinition.
type Schema struct {
	structural *structuralschema.Structural
	validator  validation.SchemaValidator
}

// Schemas has the schema of each kind in the CRDs, by "group/version Kind".
type Schemas map[string]Schema

func loadSchemas(folders []string) (Schemas, error) {
	schemas := Schemas{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("there are no CRDs in %s", folder)
		}
		for _, file := range files {
			if err := schemas.add(file); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return schemas, nil
}

func (s Schemas) add(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(content, crd); err != nil {
		return err
	}
	for _, version := range crd.Spec.Versions {
		if version.Schema == nil {
			continue
		}
		schema, err := schemaOf(version.Schema.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		s[crd.Spec.Group+"/"+version.Name+" "+crd.Spec.Names.Kind] = schema
	}
	return nil
}

func schemaOf(props *apiextensionsv1.JSONSchemaProps) (Schema, error) {
	internal := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(props, internal, nil); err != nil {
		return Schema{}, err
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		return Schema{}, err
	}
	validator, _, err := validation.NewSchemaValidator(internal)
	return Schema{structural, validator}, err
}

// problems returns the violations of the schema, and the unknown fields, which a server would drop silently.
func (s Schema) problems(object map[string]any) []string {
	found := []string{}
	for _, err := range validation.ValidateCustomResource(nil, object, s.validator) {
		found = append(found, err.Error())
	}
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(runtime.DeepCopyJSON(object), s.structural, true, options) {
		found = append(found, path+": unknown field")
	}
	return found
}
