// Paying with Stripe's Payment Element. The card goes from Stripe's frame to Stripe; our form gets its token.
'use strict';
(() => {
  const script = 'https://js.stripe.com/v3/';
  const slowAfter = 10000; // ms until the page says that Stripe takes long
  const state = document.getElementById('stripe-state');
  const problem = document.getElementById('stripe-problem');
  const again = document.getElementById('stripe-again');
  const form = document.getElementById('stripe');
  const step = document.getElementById('second-step');

  // tell says what is wrong. What next does can be done by a press, if there is anything.
  function tell(text, next) {
    state.textContent = '';
    problem.textContent = text;
    problem.hidden = false;
    problem.focus();
    again.hidden = !next;
    again.querySelector('button').onclick = next ?? null;
  }

  function begin(text) {
    problem.hidden = again.hidden = true;
    state.textContent = text;
  }

  // load fetches Stripe's script, which a network or a blocker may keep away.
  function load(then) {
    begin('Loading the form of Stripe…');
    const slow = setTimeout(() => { state.textContent = 'Stripe takes long to answer. Still trying…'; }, slowAfter);
    const element = document.createElement('script');
    element.src = script;
    element.onload = () => {
      clearTimeout(slow);
      if (window.Stripe) then();
      else element.onerror();
    };
    element.onerror = () => {
      clearTimeout(slow);
      element.remove();
      tell('The form of Stripe could not be loaded, so nothing was charged. Look whether you are online, and whether a blocker keeps js.stripe.com away.', () => load(then));
    };
    document.head.append(element);
  }

  function askForCard() {
    const stripe = Stripe(form.dataset.key);
    const elements = stripe.elements({
      mode: 'payment', amount: Number(form.dataset.cents), currency: 'usd', paymentMethodCreation: 'manual', paymentMethodTypes: ['card'],
    });
    const card = elements.create('payment');
    const button = form.querySelector('button.pay');
    const ready = () => {
      begin('');
      button.disabled = false;
      delete form.dataset.sent;
      form.removeAttribute('aria-busy');
    };
    card.on('ready', ready);
    card.on('loaderror', () => tell('The form of Stripe could not be loaded, so nothing was charged.', () => location.reload()));
    card.mount('#payment-element');
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      begin('');
      let failure;
      try {
        failure = (await elements.submit()).error;
        if (!failure) {
          const made = await stripe.createPaymentMethod({ elements });
          failure = made.error;
          if (!failure) {
            form.elements.token.value = made.paymentMethod.id;
            form.submit();
            return;
          }
        }
      } catch {
        failure = { type: 'api_connection_error' };
      }
      ready();
      tell(failure.type === 'api_connection_error' ? 'Stripe could not be reached, so nothing was charged. Please try again.' : failure.message || 'The card could not be read.');
    });
  }

  // What went wrong with the second step. Only the bank, or the buyer, can refuse it.
  function whyNot(failure) {
    if (failure.code === 'payment_intent_authentication_failure') return 'The payment was not confirmed: your bank or you refused it. Nothing was charged.';
    if (failure.type === 'card_error') return `${failure.message || 'The card was declined.'} Nothing was charged.`;
    if (failure.type === 'api_connection_error') return 'Your bank could not be asked: the connection broke. You will not be charged twice.';
    return `${failure.message || 'Your bank could not be asked.'} You will not be charged twice.`;
  }

  async function askBank() {
    begin('Asking your bank…');
    let failure;
    try {
      failure = (await Stripe(step.dataset.key).handleNextAction({ clientSecret: step.dataset.secret })).error;
    } catch {
      failure = { type: 'api_connection_error' };
    }
    if (!failure) {
      location.replace(step.dataset.order);
      return;
    }
    const final = failure.code === 'payment_intent_authentication_failure' || failure.type === 'card_error'; // this payment is over: another may follow
    tell(whyNot(failure), final ? null : askBank);
    document.getElementById('another').hidden = !final;
  }

  if (form) load(askForCard);
  if (step) load(askBank);
})();
