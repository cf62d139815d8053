// Paying with Stripe's Payment Element. The card goes from Stripe's frame to Stripe; our form gets its token.
'use strict';
(() => {
  const problem = document.getElementById('stripe-problem');
  const tell = (error) => {
    problem.textContent = error.message || 'The card could not be read.';
    problem.hidden = false;
  };

  const form = document.getElementById('stripe');
  if (form) {
    const stripe = Stripe(form.dataset.key);
    const elements = stripe.elements({
      mode: 'payment', amount: Number(form.dataset.cents), currency: 'usd', paymentMethodCreation: 'manual', paymentMethodTypes: ['card'],
    });
    const card = elements.create('payment');
    const button = form.querySelector('button');
    card.mount('#payment-element');
    card.on('ready', () => { button.disabled = false; });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      problem.hidden = true;
      let { error } = await elements.submit();
      if (!error) {
        const made = await stripe.createPaymentMethod({ elements });
        error = made.error;
        if (!error) {
          form.elements.token.value = made.paymentMethod.id;
          form.submit();
          return;
        }
      }
      tell(error);
      button.disabled = false;
      delete form.dataset.sent;
    });
  }

  const step = document.getElementById('second-step');
  if (step) {
    Stripe(step.dataset.key).handleNextAction({ clientSecret: step.dataset.secret }).then(({ error }) => {
      if (!error) {
        location.replace(step.dataset.order);
        return;
      }
      tell(error);
      document.getElementById('again').hidden = false;
    });
  }
})();
