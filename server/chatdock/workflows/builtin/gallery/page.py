"""The page that `/markdown` shows: everything the widget's Markdown can do."""

PAGE = r"""# Markdown, all of it

A paragraph with **bold**, *italic*, ***both***, ~~struck out~~, `code`, a [link](https://example.com "Example"), a bare
address https://example.org/path?query=1 and a mail address <hello@example.com>.
A line with a hard break\
goes on here. Characters stay characters: & < > " ' © 你好 שלום مرحبا 👩‍🚀.

## Lists

1. First
2. Second
   - nested
   - and again
     1. deeper
3. Third

- [x] a task that is done
- [ ] a task that is not

Loose items:

- One paragraph.

  And a second one in the same item.

- Another item.

## Quotations

> A quotation with **emphasis**.
>
> > And one inside it.
>
> - even a list

## Code

Inline: `const answer = 42;`

```python
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    x: float
    y: float

    def __add__(self, other: "Point") -> "Point":
        return Point(self.x + other.x, self.y + other.y)  # vectors
```

```json
{"name": "Ada", "born": 1815, "tags": ["mathematics", "engines"]}
```

```
No language, and a line that is much longer than any chat is wide, so that it has to scroll sideways in its own box.
```

    An indented block.

## Tables

| Item | Quantity | Price |
|:-----|:--------:|------:|
| Walnut lamp | 1 | 89.00 |
| Linen cushion | 2 | 28.00 |
| **Total** | **3** | **145.00** |

| A | wide | table | with | many | columns | that | has | to | scroll |
|---|---|---|---|---|---|---|---|---|---|
| one | two | three | four | five | six | seven | eight | nine | ten |

## Mathematics

Inline $e^{i\pi} + 1 = 0$, and on its own:

$$
\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}
$$

## Rules and levels

---

### Third level

#### Fourth level

##### Fifth level

###### Sixth level

<script>alert("HTML is shown as text")</script>
"""
