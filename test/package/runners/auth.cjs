/** The application under test in every runner. */
const jwt = require('jsonwebtoken');

const secret = 'a secret of thirty-two bytes or more';

exports.secret = secret;

exports.login = (user) => jwt.sign({ sub: user }, secret, { expiresIn: '15m' });

exports.whoIs = (token) => {
  try {
    return jwt.verify(token, secret, { algorithms: ['HS256'] }).sub;
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError) return 'expired';
    if (error instanceof jwt.JsonWebTokenError) return 'rejected';
    throw error;
  }
};
