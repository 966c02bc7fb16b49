#ifndef SNOWFLAKE_CCURSES_SHIM_H
#define SNOWFLAKE_CCURSES_SHIM_H

#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <term.h>
#include <wchar.h>

// What ncurses has as macros, and what its headers hide from Swift. Only keys, the mouse and the terminal's modes come
// from here: the screen is written by ourselves, so nothing is ever refreshed; a pad is read because reading a window
// would refresh it.

static inline int sf_is_utf8(void) {
    setlocale(LC_ALL, "");
    const char *name = nl_langinfo(CODESET);
    return name && (name[0] == 'U' || name[0] == 'u');
}

// The pad keys are read from; NULL when the terminal is not known.
static inline WINDOW *sf_begin(void) {
    if (!newterm(NULL, stdout, stdin)) return NULL;
    raw();
    noecho();
    nonl();
    set_escdelay(25);
    WINDOW *pad = newpad(1, 1);
    if (!pad) return NULL;
    keypad(pad, TRUE);
    meta(pad, TRUE);
    mouseinterval(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    return pad;
}

static inline int sf_colours(void) { return tigetnum("colors"); }
static inline const char *sf_text(const char *name) {
    const char *text = tigetstr(name);
    return text == (char *)-1 ? NULL : text;
}

// A key: >= 0 a character, <= -2 minus a KEY_ code, -1 nothing within the time.
static inline int sf_key(WINDOW *pad, int milliseconds) {
    wint_t key = 0;
    wtimeout(pad, milliseconds);
    int kind = wget_wch(pad, &key);
    if (kind == KEY_CODE_YES) return -(int)key;
    return kind == OK ? (int)key : -1;
}

// 1 pressed, 4 wheel up, 5 wheel down, 0 something else.
static inline int sf_mouse(int *x, int *y) {
    MEVENT event;
    if (getmouse(&event) != OK) return 0;
    *x = event.x;
    *y = event.y;
    if (event.bstate & BUTTON1_PRESSED) return 1;
    if (event.bstate & BUTTON4_PRESSED) return 4;
    if (event.bstate & BUTTON5_PRESSED) return 5;
    return 0;
}

enum {
    SF_UP = KEY_UP, SF_DOWN = KEY_DOWN, SF_LEFT = KEY_LEFT, SF_RIGHT = KEY_RIGHT, SF_PPAGE = KEY_PPAGE,
    SF_NPAGE = KEY_NPAGE, SF_HOME = KEY_HOME, SF_END = KEY_END, SF_ENTER = KEY_ENTER, SF_BTAB = KEY_BTAB,
    SF_BACKSPACE = KEY_BACKSPACE, SF_DC = KEY_DC, SF_RESIZE = KEY_RESIZE, SF_MOUSE = KEY_MOUSE,
};

#endif
