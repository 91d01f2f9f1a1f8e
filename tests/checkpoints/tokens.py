"""Train a byte-level BPE tokenizer for a tiny model on a few lines."""

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

_CORPUS = [
    "Sehr geehrte Damen und Herren, anbei die Rechnung Nr. 4711 über 1.234,56 € für Größe, Maß, Übung, Öl, Ärger.",
    "OCR with format: read all text in the image, line by line, and convert the document to markdown.",
    "User Assistant system user assistant",
]
#: The size of the vocabulary: 256 bytes, and enough words for the lines of the tests.
_WORDS = 400


def train_tokenizer(
    special: list[str], *, end: str, pad: str, begin: str | None = None, corpus: Sequence[str] = (), **named: str
) -> Any:
    """Return a tokenizer with these special tokens.

    `named` are special tokens that a processor looks up by attribute. `corpus` has further texts of prompts and
    outputs; words in it take fewer tokens.
    """
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=_WORDS, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    trained.train_from_iterator([*_CORPUS, *corpus] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        bos_token=begin,
        eos_token=end,
        pad_token=pad,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        **({"extra_special_tokens": named} if named else {}),
    )
