"""Example events match the behaviour of the functions."""

from events.document import DocumentAssembled, DocumentCompleted
from events.examples import EXAMPLES
from functions.assembly.templates import TEMPLATES


def test_example_outputs_match_files_of_assembly() -> None:
    assembled, completed = EXAMPLES[DocumentAssembled.TYPE], EXAMPLES[DocumentCompleted.TYPE]
    assert isinstance(assembled, DocumentAssembled)
    assert isinstance(completed, DocumentCompleted)
    assert assembled.outputs
    assert completed.outputs == assembled.outputs

    for output in assembled.outputs:
        template = TEMPLATES[output.format]
        folder = f"s3://pagebus-results/documents/{assembled.tenant}/{assembled.document}"
        assert (output.dataref, output.media_type) == (f"{folder}/{template.file_name}", template.media_type)
