"""float16 and bfloat16, where two sound walks soon are far apart: each step is compared alone, and causes are sought so too."""
