#!/bin/sh
# crds.sh FOLDER: copies Knative's CustomResourceDefinitions to FOLDER. They come from the Go modules of which the program is
# built, so both have the same version.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
go mod download knative.dev/serving knative.dev/eventing knative.dev/eventing-kafka-broker
copy() {
	cp -f "$(go list -m -f '{{.Dir}}' "$1")/$2" "$folder/"
}
kafka=control-plane/config/eventing-kafka-broker
copy knative.dev/serving config/core/300-resources/service.yaml
copy knative.dev/eventing config/core/resources/eventtype.yaml
copy knative.dev/eventing config/core/resources/pingsource.yaml
copy knative.dev/eventing-kafka-broker $kafka/100-source/100-kafka-source.yaml
copy knative.dev/eventing-kafka-broker $kafka/100-sink/100-kafka-sink.yaml
chmod u+w "$folder"/*.yaml
