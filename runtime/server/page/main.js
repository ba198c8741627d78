// Starts the page: the theme first, so that nothing flashes, then the page itself.
import "./theme.js";
import "./app.js";
