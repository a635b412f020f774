"""What every page has: the list of pages, the address bar's query parameters, and how a page is opened."""
