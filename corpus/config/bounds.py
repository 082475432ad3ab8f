"""The bounds that decide: one per filter, under the filter's name. Sources stand with the filters.

Goes in: nothing. Comes out: `Bound` and the section `filters` of the settings.
"""

from __future__ import annotations

from pydantic import model_validator

from corpus.config.section import Section


class Bound(Section):
    """Scores from `min` to `max`, ends included, pass; a missing end is open; a missing score passes."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def has_room(self) -> Bound:
        """Refuse a bound that nothing passes."""
        if not (self.min is None or self.max is None or self.min <= self.max):
            raise ValueError(f"no score is from {self.min} to {self.max}")
        return self

    def passes(self, score: float | None) -> bool:
        if score is None:
            return True
        return (self.min is None or score >= self.min) and (self.max is None or score <= self.max)


class Filters(Section):
    """Bounds by filter name; sources stand with the filters."""

    page_url_copies: Bound = Bound(max=0)
    page_text_copies: Bound = Bound(max=0)
    page_near_copies: Bound = Bound(max=0)
    page_opt_out: Bound = Bound(max=0)
    page_sentences: Bound = Bound(min=1)
    page_host_boilerplate: Bound = Bound(max=0.95)
    page_contaminated: Bound = Bound(max=0)
    page_flagged_words: Bound = Bound(max=0.01)
    page_words: Bound = Bound(min=4, max=100_000)
    page_word_letters: Bound = Bound(min=3, max=10)
    page_symbols: Bound = Bound(max=0.1)
    page_bullets: Bound = Bound(max=0.9)
    page_ellipses: Bound = Bound(max=0.3)
    page_alphabetic_words: Bound = Bound(min=0.8)
    page_stop_words: Bound = Bound(min=2)
    page_duplicate_sentences: Bound = Bound(max=0.3)
    page_duplicate_sentence_characters: Bound = Bound(max=0.2)
    page_duplicate_blocks: Bound = Bound(max=0.3)
    page_duplicate_block_characters: Bound = Bound(max=0.2)
    page_top_2_gram: Bound = Bound(max=0.2)
    page_top_3_gram: Bound = Bound(max=0.18)
    page_top_4_gram: Bound = Bound(max=0.16)
    page_duplicate_5_grams: Bound = Bound(max=0.15)
    page_duplicate_6_grams: Bound = Bound(max=0.14)
    page_duplicate_7_grams: Bound = Bound(max=0.13)
    page_duplicate_8_grams: Bound = Bound(max=0.12)
    page_duplicate_9_grams: Bound = Bound(max=0.11)
    page_duplicate_10_grams: Bound = Bound(max=0.1)
    page_repeated_characters: Bound = Bound(max=0.2)
    page_repeated_words: Bound = Bound(max=0.3)
    page_special_characters: Bound = Bound(max=0.4)
    page_punctuation: Bound = Bound(min=0.001)
    page_lorem_ipsum: Bound = Bound(max=0)
    page_curly_brackets: Bound = Bound(max=0)
    page_sentences_without_javascript: Bound = Bound(min=1)
    block_words: Bound = Bound()
    block_special_characters: Bound = Bound(max=0.6)
    block_stop_words: Bound = Bound(min=0.01)
    block_punctuation: Bound = Bound()
    block_end_mark: Bound = Bound()
    block_repeated_characters: Bound = Bound(max=0.4)
    block_repeated_words: Bound = Bound(max=0.4)
    block_notices: Bound = Bound(max=0)
    block_host_boilerplate: Bound = Bound(max=0)
    image_nsfw: Bound = Bound(max=0.5)
    image_nsfw_head: Bound = Bound()
    image_nsfw_classifier: Bound = Bound()
    image_nsfw_zero_shot: Bound = Bound()
    image_faces: Bound = Bound()
    image_face_head: Bound = Bound()
    image_face_share: Bound = Bound()
    image_media_type: Bound = Bound(min=1)
    image_url_words: Bound = Bound(max=0)
    image_side_px: Bound = Bound(min=150)
    image_aspect: Bound = Bound(min=0.5, max=2)
    image_sharpness: Bound = Bound()
    image_flatness: Bound = Bound()
    image_letters: Bound = Bound()
    image_qr_share: Bound = Bound()
    image_text: Bound = Bound()
    image_watermark: Bound = Bound()
    image_logo: Bound = Bound()
    image_advertisement: Bound = Bound()
    image_screenshot: Bound = Bound()
    image_chart: Bound = Bound()
    image_map: Bound = Bound()
    image_drawing: Bound = Bound()
    image_documents: Bound = Bound(max=10)
    image_copies: Bound = Bound(max=0)
    image_near_copy: Bound = Bound(min=6)
    image_semantic_copy: Bound = Bound(max=0.95)
    image_content: Bound = Bound(min=0.1)
    pair_regret: Bound = Bound()
    pair_entropy: Bound = Bound()
    pair_topical_sim: Bound = Bound()
    pair_nearest_image_sim: Bound = Bound()
    pair_sentences_above: Bound = Bound()
    pair_images_above: Bound = Bound()
    pair_s_clip_loss: Bound = Bound()
    pair_shortcut: Bound = Bound()
    sentence_above: Bound = Bound()
    document_sentences: Bound = Bound(min=1)
    document_images: Bound = Bound(min=1, max=30)
    document_blocked_images: Bound = Bound(max=0)
    document_unsafe_images: Bound = Bound(max=0)
    document_contaminated: Bound = Bound(max=0)
    document_image_set_copies: Bound = Bound(max=0)
    document_shuffle_z: Bound = Bound()
    document_language_bias: Bound = Bound()
    document_region_bias: Bound = Bound()
    document_topic_bias: Bound = Bound()
    document_sampling_bias: Bound = Bound()
