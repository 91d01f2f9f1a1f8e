"""Save tiny models with random weights for Surya's text detection and Docling's layout.

Tests with them prove that an engine loads and runs the models. The boxes that they find are meaningless.
"""

from pathlib import Path

import torch
from surya.detection.model.config import EfficientViTConfig
from surya.detection.model.encoderdecoder import EfficientViTForSemanticSegmentation
from surya.detection.processor import SegformerImageProcessor
from transformers import RTDetrImageProcessor, RTDetrResNetConfig, RTDetrV2Config, RTDetrV2ForObjectDetection

_SEED = 4711
#: Labels of Docling's model.
_LABELS = ("caption", "list_item", "page_footer", "page_header", "picture", "section_header", "table", "text", "title")


def save_detection_model(folder: Path) -> None:
    """Save a text detection model."""
    torch.manual_seed(_SEED)
    config = EfficientViTConfig(
        widths=(8, 16, 16, 32, 32),
        head_dim=8,
        depths=(1, 1, 1, 1, 1),
        hidden_sizes=(16, 16, 32, 32),
        decoder_layer_hidden_size=16,
        decoder_hidden_size=32,
        num_classes=2,
    )
    EfficientViTForSemanticSegmentation(config).save_pretrained(folder)
    SegformerImageProcessor(
        do_resize=False,
        size={"height": 256, "width": 256},
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
        do_reduce_labels=False,
    ).save_pretrained(folder)


def save_layout_model(folder: Path) -> None:
    """Save a layout model."""
    torch.manual_seed(_SEED)
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = RTDetrV2Config(
        backbone_config=backbone,
        encoder_hidden_dim=32,
        encoder_in_channels=[16, 24, 32],
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        d_model=32,
        num_queries=20,
        decoder_layers=2,
        decoder_ffn_dim=32,
        decoder_attention_heads=2,
        decoder_in_channels=[32, 32, 32],
        id2label=dict(enumerate(_LABELS)),
        label2id={label: number for number, label in enumerate(_LABELS)},
    )
    RTDetrV2ForObjectDetection(config).save_pretrained(folder)
    RTDetrImageProcessor(size={"height": 320, "width": 320}).save_pretrained(folder)
