// The words of the API as the panel uses them: one name per thing that travels, all of them taken
// from the generated schema. What a path takes and answers is in paths.ts.
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Role = Schemas['Role'];
export type UserStatus = Schemas['UserStatus'];
export type Origin = Schemas['Origin'];
export type KeyKind = Schemas['KeyKind'];
export type KeyState = Schemas['KeyState'];
export type GroupType = Schemas['GroupType'];
export type RevokeReason = Schemas['RevokeReason'];
export type Permission = Schemas['Permission'];

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export type FieldError = Schemas['FieldError'];
/** An RFC 9457 problem document as the server writes it. */
export type ProblemDocument = Schemas['Problem'];

export type Instance = Schemas['Instance'];
export type Session = Schemas['SessionView'];
/** RegistrationResponseJSON or AuthenticationResponseJSON. */
export type CredentialJSON = Schemas['Answer']['credential'];

export type NamedRef = Schemas['GroupName'];
export type PersonRef = Schemas['KeyHolder'];
export type KeyRef = Schemas['LinkKey'];
export type KeyGlance = Schemas['KeyBadge'];
export type UserItem = Schemas['UserItem'];
export type User = Schemas['UserDetail'];
export type UserFilter = Omit<NonNullable<operations['getUsers']['parameters']['query']>, 'limit' | 'cursor' | 'sort'>;
export type Profile = Schemas['UpdateUser'];
export type NewUser = Schemas['CreateUser'];
export type Registration = Schemas['Registration'];
export type RegistrationInvitation = Schemas['LinkView'];
export type Registered = Schemas['KeyRegistered'];
export type CarryOver = Schemas['CarryOver'];
export type CarryOverProgress = Schemas['CarryOverView'];
export type Availability = Schemas['Availability'];
export type Group = Schemas['Group'];
export type GroupOfUser = Schemas['GroupOfUser'];
export type Key = Schemas['KeyView'];
export type Credential = Schemas['CredentialView'];
export type ActivityFilter = Omit<NonNullable<operations['getActivity']['parameters']['query']>, 'limit' | 'cursor'>;
export type ActivityEntry = Schemas['ActivityItem'];
export type Settings = Schemas['SettingsView'];
export type MailState = Schemas['MailState'];
export type About = Schemas['About'];
export type ApiKey = Schemas['ApiKeyView'];
export type Alert = Schemas['AlertView'];
export type Dashboard = Schemas['Dashboard'];
export type Me = Schemas['Me'];
export type Workstation = Schemas['WorkstationView'];
export type EnrolmentCode = Schemas['EnrolmentCode'];
export type Card = Schemas['CardView'];
export type CardPolicy = Schemas['CardPolicy'];
export type CardReading = Schemas['ReadingView'];
export type CardBound = Schemas['CardBound'];
export type CardActivation = Schemas['CardActivation'];
export type CardActivated = Schemas['CardActivated'];
export type MadeUpPin = Schemas['MadeUpPin'];
export type PinReset = Schemas['PinReset'];
export type CardPasskey = Schemas['PasskeyView'];
export type SignIn = Schemas['SignIn'];

export type Import = Schemas['Import'];
export type ImportState = Schemas['ImportState'];
export type ImportSource = Schemas['Source'];
export type ImportMode = Schemas['Mode'];
export type ImportOptions = Schemas['ImportOptions'];
export type ImportChange = Schemas['UpdateImport'];
export type AssignKey = Schemas['ImportKey'];
export type ImportGroup = Schemas['ImportGroup'];
export type ImportRow = Schemas['RowView'];
export type Verdict = Schemas['Verdict'];
export type RowResult = Schemas['RowResult'];
export type CsvPreview = Schemas['CsvPreview'];
export type CsvOptions = Schemas['CsvOptions'];
export type ImportField = Schemas['Field'];
export type Encoding = Schemas['Encoding'];
export type Delimiter = Schemas['Delimiter'];
export type EntraOptions = Schemas['EntraOptions'];
export type EntraConnection = Schemas['EntraConnection'];
export type EntraCertificate = Schemas['CertificateView'];
export type EntraCloud = Schemas['Cloud'];
export type EntraGroup = Schemas['EntraGroup'];
export type EntraAnswer = Schemas['FinishAuthorize'];
export type ImportSchedule = Schemas['ScheduleView'];

export type ScimIntegration = Schemas['ScimIntegration'];
export type ScimToken = Schemas['ScimTokenView'];
export type ScimRequest = Schemas['ScimRequestItem'];
export type ScimConflict = Schemas['ScimConflictItem'];
