const express = require('express');
const jwt = require('jsonwebtoken');
const passport = require('passport');
const { ExtractJwt, Strategy } = require('passport-jwt');

const secret = process.env.SECRET;
const options = {
  secretOrKey: secret,
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
  algorithms: ['HS256'],
  audience: 'api',
};
passport.use(new Strategy(options, (payload, done) => done(null, { sub: payload.sub })));

const app = express();

app.post('/login', (_request, response, next) => {
  jwt.sign(
    { sub: 'ada' },
    secret,
    { audience: 'api', expiresIn: '15m', algorithm: 'HS256' },
    (error, token) => (error ? next(error) : response.json({ token })),
  );
});

app.get('/me', (request, response, next) => {
  passport.authenticate('jwt', { session: false }, (error, user, info) => {
    if (error) next(error);
    else if (user) response.json(user);
    else response.status(401).json({ message: info.message });
  })(request, response, next);
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
