// What a reader chooses by: buttons in a row, and a list that drops down.  Both
// are elements with a value that say "input" when it changes, for view().
import {html} from "htl";

export function buttons(options, {value, format = String}) {
  const element = html`<div class="buttons" role="radiogroup"></div>`;
  element.value = value;
  const draw = () => element.replaceChildren(...options.map((option) => html`<button role="radio"
    aria-checked=${String(option === element.value)} data-value=${option} onclick=${() => {
      element.value = option;
      draw();
      element.dispatchEvent(new Event("input", {bubbles: true}));
    }}>${format(option)}</button>`));
  draw();
  return element;
}

/** groups: [[title, [[value, text], …]], …] */
export function select(groups, {value, label}) {
  const chooser = html`<select aria-label=${label}>${groups.map(([title, options]) => html`<optgroup label=${title}>${options.map(([key, text]) =>
    html`<option value=${key} selected=${key === value}>${text}</option>`)}</optgroup>`)}</select>`;
  const element = html`<div class="select">${chooser}</div>`;
  element.value = value;
  chooser.oninput = (event) => {
    event.stopPropagation();
    element.value = Number(chooser.value);
    element.dispatchEvent(new Event("input", {bubbles: true}));
  };
  return element;
}
