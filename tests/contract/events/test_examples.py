"""What the documentation shows is what functions do."""

from events.document import DocumentAssembled, DocumentCompleted
from events.examples import EXAMPLES
from functions.assembly.layouts import LAYOUTS


def test_outputs_are_shown_as_assembly_writes_them() -> None:
    assembled, completed = EXAMPLES[DocumentAssembled.TYPE], EXAMPLES[DocumentCompleted.TYPE]
    assert isinstance(assembled, DocumentAssembled)
    assert isinstance(completed, DocumentCompleted)
    assert assembled.outputs
    assert completed.outputs == assembled.outputs

    for output in assembled.outputs:
        layout = LAYOUTS[output.format]
        folder = f"s3://pagebus-results/documents/{assembled.tenant}/{assembled.document}"
        assert (output.dataref, output.media_type) == (f"{folder}/{layout.file}", layout.media_type)
