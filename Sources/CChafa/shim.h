#ifndef SNOWFLAKE_CCHAFA_SHIM_H
#define SNOWFLAKE_CCHAFA_SHIM_H

#include <chafa.h>
#include <stdlib.h>
#include <string.h>

// Pictures for terminals by libchafa. A mode is 0 for half blocks, 1 for sixels, 2 for kitty's protocol.

static inline ChafaCanvas *sf_canvas(int mode, int ascii, int width, int height, int cell_width, int cell_height,
                                     const unsigned char *rgb, int picture_width, int picture_height) {
    ChafaSymbolMap *map = chafa_symbol_map_new();
    chafa_symbol_map_add_by_tags(map, ascii ? CHAFA_SYMBOL_TAG_ASCII
                                            : CHAFA_SYMBOL_TAG_VHALF | CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_SOLID);
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    chafa_canvas_config_set_geometry(config, width, height);
    chafa_canvas_config_set_cell_geometry(config, cell_width, cell_height);
    chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_TRUECOLOR);
    chafa_canvas_config_set_pixel_mode(config, mode == 1   ? CHAFA_PIXEL_MODE_SIXELS
                                               : mode == 2 ? CHAFA_PIXEL_MODE_KITTY
                                                           : CHAFA_PIXEL_MODE_SYMBOLS);
    chafa_canvas_config_set_symbol_map(config, map);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, rgb, picture_width, picture_height, picture_width * 3);
    chafa_canvas_config_unref(config);
    chafa_symbol_map_unref(map);
    return canvas;
}

// The bytes that show it; to be freed.
static inline char *sf_print(ChafaCanvas *canvas, size_t *length) {
    ChafaTermDb *db = chafa_term_db_new();
    ChafaTermInfo *info = chafa_term_db_get_fallback_info(db);
    GString *text = chafa_canvas_print(canvas, info);
    char *copy = malloc(text->len + 1);
    if (copy) {
        memcpy(copy, text->str, text->len);
        *length = text->len;
    }
    g_string_free(text, TRUE);
    chafa_term_info_unref(info);
    chafa_term_db_unref(db);
    return copy;
}

#endif
