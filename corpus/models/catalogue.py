"""The catalogue: models that a build may use besides its encoder.

Goes in: nothing. Comes out: per model its files with address, sha256 and size, its licence, and what it is for.
Addresses name a commit. Encoders are not listed: any `MODEL/TAG` of open_clip can be pulled (`corpus.encode.pairs`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

RAW = "https://raw.githubusercontent.com"
NSFW_HEADS = f"{RAW}/LAION-AI/CLIP-based-NSFW-Detector/d6bb8fe31fd4aecbfed7dfb62df4fe5858bfc014"
AESTHETIC_HEADS = f"{RAW}/LAION-AI/aesthetic-predictor"
YUNET = f"{RAW}/ShiqiYu/libfacedetection.train/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx"
RFB = f"{RAW}/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/dffdddda9794a50607cba8f318507a28c1c27cab"
NSFWJS = f"{RAW}/infinitered/nsfwjs/d55a54c51f/models/mobilenet_v2"
FASTTEXT = "https://dl.fbaipublicfiles.com/fasttext/supervised-models"


@dataclass(frozen=True)
class ModelFile:
    """One file: the addresses that are tried in turn, and its sha256, None where it is not pinned. One that is not
    `needed` may be missing at all of them."""

    name: str
    urls: tuple[str, ...]
    sha256: str | None = None
    n_bytes: int | None = None
    needed: bool = True


@dataclass(frozen=True)
class Model:
    """A model by its name. `texts` are small files that come with it and are written, not fetched."""

    name: str
    purpose: str
    licence: str
    files: tuple[ModelFile, ...]
    texts: dict[str, str] = field(default_factory=dict)


def pinned(url: str, sha256: str, n_bytes: int) -> tuple[ModelFile, ...]:
    return (ModelFile(url.rpartition("/")[2], (url,), sha256, n_bytes),)


MODELS = (
    Model(
        "nsfw-clip-b32",
        "NSFW head on unit vectors of ViT-B-32/openai (TensorFlow SavedModel)",
        "MIT",
        pinned(
            f"{NSFW_HEADS}/clip_autokeras_nsfw_b32.zip",
            "78715ab9d64485167e8c9ade3b8e6761a17a16c24d114bd47431ac1dab46462b",
            231_831,
        ),
    ),
    Model(
        "nsfw-clip-l14",
        "NSFW head on unit vectors of ViT-L-14/openai (TensorFlow SavedModel)",
        "MIT",
        pinned(
            f"{NSFW_HEADS}/clip_autokeras_binary_nsfw.zip",
            "905520bb0336accc73ee282c605d926aef90cf14248889d44b9cee50eef71f8a",
            1_094_585,
        ),
    ),
    Model(
        "nsfwjs-mobilenet-v2",
        "NSFW classes of a picture of 224 x 224 px (TensorFlow.js)",
        "MIT",
        pinned(
            f"{NSFWJS}/model.json",
            "11846416217e68bf1eb7b0e651bcfd305973566453c63275bbd16766ab089979",
            128_945,
        )
        + pinned(
            f"{NSFWJS}/group1-shard1of1",
            "8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13",
            2_619_461,
        ),
    ),
    Model(
        "aesthetic-b16",
        "aesthetic head on unit vectors of ViT-B-16/openai (PyTorch)",
        "MIT",
        pinned(
            f"{AESTHETIC_HEADS}/7e37768a02b0863eac390a702903aaa90ecf938e/sa_0_4_vit_b_16_linear.pth",
            "8ad3923d7ecf019df20ecd2ab5542a3075fbba0278d239c0371345f3d7fcbde0",
            3_047,
        ),
    ),
    Model(
        "aesthetic-b32",
        "aesthetic head on unit vectors of ViT-B-32/openai (PyTorch)",
        "MIT",
        pinned(
            f"{AESTHETIC_HEADS}/814214009feff106add4bb983807704ccdd5a0db/sa_0_4_vit_b_32_linear.pth",
            "c7b14cead230694acc7b9447974d3cad78003c72da032e402a303b6c2429e85f",
            3_047,
        ),
    ),
    Model(
        "aesthetic-l14",
        "aesthetic head on unit vectors of ViT-L-14/openai (PyTorch)",
        "MIT",
        pinned(
            f"{AESTHETIC_HEADS}/7e37768a02b0863eac390a702903aaa90ecf938e/sa_0_4_vit_l_14_linear.pth",
            "2cd4e60f4f24ae3bcd57b847b13c1f3ba27edc28cc1a7f9ce74ee9f421243cba",
            4_071,
        ),
    ),
    Model(
        "face-yunet",
        "face detector, sides of any multiple of 32 px (ONNX)",
        "Apache-2.0",
        pinned(
            f"{YUNET}/yunet_n_dynamic.onnx",
            "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
            322_906,
        ),
    ),
    Model(
        "face-yunet-320",
        "face detector, 320 x 320 px (ONNX)",
        "Apache-2.0",
        pinned(
            f"{YUNET}/yunet_n_320_320.onnx",
            "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2",
            317_434,
        ),
    ),
    Model(
        "face-rfb-320",
        "face detector, 320 x 240 px (ONNX)",
        "MIT",
        pinned(
            f"{RFB}/models/onnx/version-RFB-320.onnx",
            "34cd7e60aeff28744c657de7a3dc64e872d506741de66987f3426f2b79f88017",
            1_270_727,
        ),
    ),
    Model(
        "lid-176",
        "language of a line of text, 176 languages (fastText)",
        "CC-BY-SA-3.0",
        pinned(
            f"{FASTTEXT}/lid.176.ftz",
            "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83",
            938_013,
        ),
    ),
)
BY_NAME = {model.name: model for model in MODELS}
