// The fields of a group, in the dialogs that create and change one.
import { Field, Input, Select, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { fieldMessage, Problem, type Role } from '../api';
import { useCan } from '../app/session';
import { roleMeanings, roleNames } from '../shared/names';

export interface GroupDraft {
  name: string;
  description: string;
  role: Role | '';
}

/** Stops before the server is asked when there is no name. */
export function requireName(draft: GroupDraft): void {
  if (draft.name.trim() !== '') return;
  throw new Problem(
    {
      code: 'invalid',
      title: 'A group needs a name',
      detail: 'Type the name people know it by.',
      errors: [{ field: 'name', code: 'required', message: 'Type a name.' }],
    },
    0,
  );
}

/** The roles a group can grant. Member is what everybody is, so no group grants it. */
const grantable: Role[] = ['owner', 'administrator', 'helpDesk', 'auditor'];

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  words: { margin: 0 },
});

interface Props {
  draft: GroupDraft;
  /** The directory owns name and description: only the role is set here. */
  managed?: boolean;
  onChange: (draft: GroupDraft) => void;
  error: unknown;
}

function roleHint({ role }: GroupDraft, managed: boolean): string {
  if (role === '') return 'Members get no rights in this panel from the group.';
  const meaning = roleMeanings[role];
  return managed ? `${meaning}. Your directory changes who is in it only while an owner lets SCIM hand out roles.` : meaning;
}

export function GroupForm({ draft, managed = false, onChange, error }: Props) {
  const styles = useStyles();
  const mayGiveRoles = useCan('rolesWrite');
  return (
    <div className={styles.form}>
      {managed ? (
        <p className={styles.words}>Its name, its description and who is in it are managed in your directory.</p>
      ) : (
        <>
          <Field label="Name" required validationMessage={fieldMessage(error, 'name')}>
            <Input
              value={draft.name}
              maxLength={100}
              autoComplete="off"
              onChange={(_, { value }) => onChange({ ...draft, name: value })}
            />
          </Field>
          <Field label="Description" validationMessage={fieldMessage(error, 'description')}>
            <Textarea
              value={draft.description}
              maxLength={500}
              resize="vertical"
              onChange={(_, { value }) => onChange({ ...draft, description: value })}
            />
          </Field>
        </>
      )}
      {mayGiveRoles ? (
        <Field
          label="Role its members get"
          hint={roleHint(draft, managed)}
          validationMessage={fieldMessage(error, 'role')}
        >
          <Select value={draft.role} onChange={(_, { value }) => onChange({ ...draft, role: value as Role | '' })}>
            <option value="">None</option>
            {grantable.map((role) => (
              <option key={role} value={role}>
                {roleNames[role]}
              </option>
            ))}
          </Select>
        </Field>
      ) : null}
    </div>
  );
}
