"""The pages, a module each; `quadrille.web.registry` lists them."""
