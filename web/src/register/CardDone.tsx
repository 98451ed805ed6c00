// The card is a key now: how it is used, and where its PIN is.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { CardActivated } from '../api';
import { OwnPin } from '../cards/OwnPin';
import { Illustration } from '../shared/illustrations';
import { ButtonLink } from '../shared/links';

const useStyles = makeStyles({
  head: { display: 'flex', flexDirection: 'column', alignItems: 'center', textAlign: 'center', marginBottom: '16px' },
  title: { ...typographyStyles.title3, margin: '8px 0', outlineStyle: 'none' },
  text: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground2 },
  stack: { display: 'flex', flexDirection: 'column', gap: '20px' },
  steps: { ...typographyStyles.body1, margin: 0, paddingLeft: '20px', color: tokens.colorNeutralForeground2 },
  actions: { display: 'flex', justifyContent: 'center' },
});

export function CardDone({ result }: { result: CardActivated }) {
  const styles = useStyles();
  const { pin } = result;
  return (
    <>
      <div className={styles.head}>
        <Illustration name="done" />
        <h1 className={styles.title} tabIndex={-1}>
          Your card works
        </h1>
        <p className={styles.text}>It is known here as “{result.keyName}”
          {result.signsInHere
            ? ', and it is how you sign in from now on.'
            : '. It has no PIN, so it does not sign in to Keystead itself; elsewhere it is a second factor.'}</p>
      </div>
      <div className={styles.stack}>
        {pin ? <OwnPin pin={pin} /> : null}
        <ol className={styles.steps}>
          <li>
            {result.signsInHere
              ? 'Choose to sign in with a security key, here or on any site that offers it.'
              : 'Choose the security key on any site that offers one as a second factor.'}
          </li>
          <li>When the browser asks for the security key, put the card on the reader.</li>
          <li>Type the PIN if it asks for one, and keep the card with you.</li>
        </ol>
        {result.signsInHere ? (
          <div className={styles.actions}>
            <ButtonLink to="/sign-in" appearance="primary" size="large">
              Go to sign-in
            </ButtonLink>
          </div>
        ) : null}
      </div>
    </>
  );
}
