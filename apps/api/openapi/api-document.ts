import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** The OpenAPI document of the application; the same every time. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Mingcha 明察')
    .setDescription(
      'Events in, explained alerts out. Texts are Chinese unless Accept-Language prefers English. Instants are RFC 3339 ' +
        'in UTC, days are local dates of China. Names of persons, identity numbers and contacts are masked. Errors are ' +
        'problem details (RFC 9457).',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  return SwaggerModule.createDocument(app, config);
}
