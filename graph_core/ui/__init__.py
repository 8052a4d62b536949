"""The app: state in the URL, a frame around every page, components, and the pages themselves."""
