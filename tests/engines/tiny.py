"""Models of the real kinds, as small as they go and with random weights: they speak no sense."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.decoders import ByteLevel
from transformers import (
    BarkConfig,
    BarkModel,
    BarkProcessor,
    BertTokenizerFast,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizerFast,
)
from transformers.models.bark.generation_configuration_bark import (
    BarkCoarseGenerationConfig,
    BarkFineGenerationConfig,
    BarkGenerationConfig,
    BarkSemanticGenerationConfig,
)

CHAT = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "assistant: "
)


def _bytes() -> dict[str, int]:
    """A vocabulary of single bytes: any text can be written in it."""
    return {
        letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))
    }


def _byte_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=_bytes(), merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevel()
    return tokenizer


def whisper(folder: Path) -> Path:
    """Whisper with two languages."""
    torch.manual_seed(1)
    specials = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|pt|>", "<|translate|>"]
    specials += [
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    tokenizer = WhisperTokenizerFast(
        tokenizer_object=_byte_tokenizer(),
        unk_token=specials[0],
        bos_token=specials[0],
        eos_token=specials[0],
        pad_token=specials[0],
    )
    tokenizer.add_special_tokens({"additional_special_tokens": specials})
    times = [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    tokenizer.add_tokens(times)
    number = tokenizer.convert_tokens_to_ids
    end, start = number(specials[0]), number(specials[1])
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer),
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=start,
            max_target_positions=448,
            suppress_tokens=[],
            begin_suppress_tokens=[],
        )
    )
    settings = model.generation_config
    settings.is_multilingual = True
    settings.lang_to_id = {"<|en|>": number("<|en|>"), "<|pt|>": number("<|pt|>")}
    settings.task_to_id = {
        "transcribe": number("<|transcribe|>"),
        "translate": number("<|translate|>"),
    }
    settings.no_timestamps_token_id = number("<|notimestamps|>")
    settings.max_length = 24
    settings.suppress_tokens = list(range(end, len(tokenizer)))
    settings.eos_token_id = settings.pad_token_id = settings.bos_token_id = end
    settings.decoder_start_token_id = start
    model.save_pretrained(folder)
    WhisperProcessor(WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder


def llama(folder: Path) -> Path:
    """Llama, as safetensors."""
    torch.manual_seed(1)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=_byte_tokenizer())
    tokenizer.add_special_tokens({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"})
    tokenizer.chat_template = CHAT
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def llama_gguf(file: Path) -> Path:
    """Llama, as GGUF."""
    chance = np.random.default_rng(1)
    width, inner, heads = 32, 64, 2
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kind = gguf.TokenType
    kinds = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL, *[kind.BYTE] * 256]
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHAT)
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd": (len(tokens), width),
        "output_norm": (width,),
        "output": (len(tokens), width),
        "blk.0.attn_norm": (width,),
        "blk.0.ffn_norm": (width,),
        "blk.0.attn_q": (width, width),
        "blk.0.attn_k": (width, width),
        "blk.0.attn_v": (width, width),
        "blk.0.attn_output": (width, width),
        "blk.0.ffn_gate": (inner, width),
        "blk.0.ffn_up": (inner, width),
        "blk.0.ffn_down": (width, inner),
    }
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", chance.normal(0, 0.2, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def bark(folder: Path) -> Path:
    """Bark: three small transformers and a codec."""
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{a}" for a in "abcdefghijklmnopqrstuvwxyz"),
    ]
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab_file=str(vocabulary))
    small: dict[str, Any] = {"hidden_size": 16, "num_layers": 1, "num_heads": 2, "block_size": 600}
    config = BarkConfig(
        semantic_config={**small, "input_vocab_size": 210, "output_vocab_size": 102},
        coarse_acoustics_config={**small, "input_vocab_size": 240, "output_vocab_size": 240},
        fine_acoustics_config={
            **small,
            "input_vocab_size": 65,
            "output_vocab_size": 65,
            "n_codes_total": 8,
            "n_codes_given": 1,
        },
        codec_config={
            "model_type": "encodec",
            "audio_channels": 1,
            "chunk_in_sec": None,
            "hidden_size": 16,
            "num_filters": 4,
            "num_lstm_layers": 1,
            "upsampling_ratios": [8, 4],
            "codebook_size": 64,
            "codebook_dim": 16,
            "sampling_rate": 24000,
            "target_bandwidths": [96.0],
            "normalize": False,
            "norm_type": "weight_norm",
        },
    )
    model = BarkModel(config)
    generation = BarkGenerationConfig.from_sub_model_configs(
        BarkSemanticGenerationConfig(
            semantic_vocab_size=100,
            semantic_pad_token=100,
            eos_token_id=100,
            text_encoding_offset=110,
            text_pad_token=200,
            semantic_infer_token=201,
            max_new_tokens=40,
            min_new_tokens=20,
        ),
        BarkCoarseGenerationConfig(
            coarse_semantic_pad_token=230,
            coarse_infer_token=231,
            max_coarse_history=60,
            sliding_window_len=60,
        ),
        BarkFineGenerationConfig(
            max_fine_history_length=32, max_fine_input_length=64, n_fine_codebooks=8
        ),
    )
    told = generation.to_dict() | {"codebook_size": 64, "sample_rate": 24_000}
    model.save_pretrained(folder)
    # As Bark's own folder has it; transformers 5 cannot save this kind of settings itself.
    (folder / "generation_config.json").write_text(json.dumps(told), encoding="utf-8")
    BarkProcessor(tokenizer).save_pretrained(folder)
    return folder
