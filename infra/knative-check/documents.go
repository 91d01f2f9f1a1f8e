package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Document is one YAML document of a file. Broken is the error if the text is not valid YAML.
type Document struct {
	File   string
	JSON   []byte
	Object map[string]any
	Broken error
}

func (d Document) resource() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: d.Object}
}

// Kind returns the field `kind`, or a placeholder if the document has none.
func (d Document) Kind() string { return orElse(d.resource().GetKind(), "document without kind") }

// Name returns the name of the resource, or a placeholder if it has none.
func (d Document) Name() string { return orElse(d.resource().GetName(), "without a name") }

func (d Document) apiVersion() string { return d.resource().GetAPIVersion() }

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func readAll(files []string) ([]Document, error) {
	if len(files) == 0 {
		files = []string{"-"}
	}
	documents := []Document{}
	for _, file := range files {
		content, err := contentOf(file)
		if err != nil {
			return nil, err
		}
		found, err := split(file, content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

func contentOf(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

func split(file string, content []byte) ([]Document, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	documents := []Document{}
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if document := parse(file, text); document.Broken != nil || document.Object != nil {
			documents = append(documents, document)
		}
	}
}

// parse rejects duplicate keys and does not convert integers to floating-point numbers.
func parse(file string, text []byte) Document {
	document := Document{File: file}
	document.JSON, document.Broken = yaml.YAMLToJSONStrict(text)
	if document.Broken == nil {
		document.Broken = utiljson.Unmarshal(document.JSON, &document.Object)
	}
	return document
}
