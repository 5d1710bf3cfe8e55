/** Prepares the forms of pictures on a page that was loaded by itself. */
import { preparePictures } from "./views/picture_form.js";

preparePictures(document);
