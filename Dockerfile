# The operator's image; also the state store's and the built-in agent's. Without a registry at hand: hack/image operator.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build \
  && mkdir /app \
  && cp dist/*.js dist/*.js.map /app/ \
  && echo '{ "type": "module" }' > /app/package.json \
  && ln -s /nodejs/bin/node /app/node

FROM gcr.io/distroless/nodejs24-debian12
COPY --from=build /app /app
ENV HOME=/home/nonroot NODE_ENV=production
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/app/node"]
