import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIBAN, IsIn, IsNotEmpty, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import type { LocalDate } from '@quadra/kernel';
import { ApiDate, ApiPosition, IsLocalDate, IsNotBelow, MayBeAbsent } from '@quadra/platform';

const FISCAL_CODE = /^\d{11}$/;
const NOT_BLANK = /\S/;

export class OrganizationRegistration {
  @ApiProperty({ pattern: FISCAL_CODE.source, example: '01234567890', description: 'Fiscal code (codice fiscale) of the body, 11 digits.' })
  @IsString()
  @Matches(FISCAL_CODE, { message: 'fiscalCode must be 11 digits' })
  fiscalCode!: string;

  @ApiProperty({ maxLength: 200 })
  @IsString()
  @Matches(NOT_BLANK, { message: 'name must not be blank' })
  @MaxLength(200)
  name!: string;

  @ApiPropertyOptional({ description: 'Code in the index of public bodies (IPA).', maxLength: 20 })
  @MayBeAbsent()
  @IsString()
  @IsNotEmpty()
  @MaxLength(20)
  ipaCode?: string;

  @ApiPropertyOptional({ pattern: FISCAL_CODE.source, description: 'Fiscal code of the broker above it.' })
  @MayBeAbsent()
  @IsString()
  @Matches(FISCAL_CODE, { message: 'broker must be 11 digits' })
  broker?: string;
}

const ACCOUNT_KINDS = ['treasury', 'transit', 'dedicated'] as const;

export class OrganizationAccount {
  @ApiPropertyOptional({ example: 'IT60X0542811101000000123456' })
  @MayBeAbsent()
  @IsString()
  @IsIBAN()
  iban?: string;

  @ApiPropertyOptional({ pattern: '^\\d{5}$', description: 'ABI code of the treasurer.' })
  @MayBeAbsent()
  @IsString()
  @Matches(/^\d{5}$/, { message: 'treasurer must be an ABI code of 5 digits' })
  treasurer?: string;

  @ApiProperty({ enum: ACCOUNT_KINDS })
  @IsIn(ACCOUNT_KINDS)
  kind!: (typeof ACCOUNT_KINDS)[number];

  @ApiDate({ required: false })
  @MayBeAbsent()
  @IsLocalDate()
  validFrom?: LocalDate;

  @ApiDate({ required: false })
  @MayBeAbsent()
  @IsLocalDate()
  @IsNotBelow('validFrom')
  validTo?: LocalDate;
}

const CALENDARS = ['target-it', 'target'] as const;

export class OrganizationChanges {
  @ApiPropertyOptional({ maxLength: 200 })
  @MayBeAbsent()
  @IsString()
  @Matches(NOT_BLANK, { message: 'name must not be blank' })
  @MaxLength(200)
  name?: string;

  @ApiPropertyOptional({ description: 'The body sends payment notifications: only then are they missed.' })
  @MayBeAbsent()
  @IsBoolean()
  usesNotifications?: boolean;

  @ApiPropertyOptional({ description: 'The body gets the receipts of notices that others issued.' })
  @MayBeAbsent()
  @IsBoolean()
  receivesSecondaryReceipts?: boolean;

  @ApiPropertyOptional({ type: [OrganizationAccount] })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => OrganizationAccount)
  accounts?: OrganizationAccount[];

  @ApiPropertyOptional({ enum: CALENDARS, description: 'Which days count for the terms of the PSP.' })
  @MayBeAbsent()
  @IsIn(CALENDARS)
  calendar?: (typeof CALENDARS)[number];
}

export class OrganizationWritten {
  @ApiProperty({ pattern: FISCAL_CODE.source })
  fiscalCode!: string;
  @ApiPosition()
  position!: string;
}

export const FILE_STATUSES = ['accepted', 'processing', 'imported', 'rejected', 'voided'] as const;

export class FileVoidedView {
  @ApiProperty()
  fileId!: string;
  @ApiProperty({ enum: ['voided'] })
  status!: 'voided';
  @ApiProperty({ description: 'It was taken back before.' })
  duplicate!: boolean;
  @ApiPosition()
  position!: string;
}

export class FileTakenIn {
  @ApiProperty()
  fileId!: string;
  @ApiProperty({ enum: FILE_STATUSES })
  status!: string;
  @ApiProperty({ description: 'The same bytes were here already.' })
  duplicate!: boolean;
  @ApiPosition()
  position!: string;
}
