// ussd-builder or ussd-menu-builder on express, sessions in the memory of the process: `node server.js PACKAGE PORT`.
'use strict';
const express = require('express');
const UssdMenu = require(process.argv[2]);

const LAST = 6;
const sessions = new Map();

const keep = {
    start: (id, callback) => { if (!sessions.has(id)) sessions.set(id, {}); callback(); },
    end: (id, callback) => { sessions.delete(id); callback(); },
    set: (id, key, value, callback) => { (sessions.get(id) || {})[key] = value; callback(); },
    get: (id, key, callback) => { callback(null, (sessions.get(id) || {})[key]); },
};

// One menu for all requests, as both packages show it. It holds the request under way, which is safe while nothing in
// it waits for the outside; the load would notice an answer that went to another caller.
const menu = new UssdMenu();
menu.sessionConfig(keep);
for (let number = 1; number <= LAST; number++) {
    const state = {
        run: async () => {
            if (number > 1) await menu.session.set('answer' + (number - 1), menu.val);
            if (number === LAST) menu.end(`Screen ${number}\nThank you`);
            else menu.con(`Screen ${number}\n1 Next\n2 Other\n0 Back`);
        },
    };
    if (number < LAST) state.next = { 1: 'screen' + (number + 1), 2: 'screen' + (number + 1) };
    if (number === 1) menu.startState(state);
    else menu.state('screen' + number, state);
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/ussd', (request, response) => {
    menu.run(request.body, (text) => response.type('text/plain').send(text));
});
app.listen(Number(process.argv[3]), '127.0.0.1');
