// Links in Fluent's looks that the router understands: <TextLink to="/users/$id" params={{ id }}>.
import { Button, Link as FluentLink, type ButtonProps } from '@fluentui/react-components';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  ref?: Ref<HTMLAnchorElement>;
  /** Underlined, for links inside sentences. */
  inline?: boolean;
}
function Anchor(props: AnchorProps) {
  return <FluentLink as="a" {...(props as object)} />;
}
export const TextLink = createLink(Anchor);

interface AnchorButtonProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  ref?: Ref<HTMLAnchorElement>;
  appearance?: ButtonProps['appearance'];
  icon?: ButtonProps['icon'];
  iconPosition?: ButtonProps['iconPosition'];
  size?: ButtonProps['size'];
}
function AnchorButton(props: AnchorButtonProps) {
  return <Button as="a" {...(props as object)} />;
}
/** A link that looks like a button: it leads somewhere, so it is a link to the keyboard and to screen readers. */
export const ButtonLink = createLink(AnchorButton);
