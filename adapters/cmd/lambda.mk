# How `sam build` makes the binary of a Lambda function: it calls `make build-<LogicalId>` in the repository's root, which is every
# function's CodeUri, so that `sam sync --watch` sees all that a binary is made of. All functions of a service share a binary;
# FUNCTIONS chooses. ARCHITECTURE=x86_64 in the environment builds for that.
commands := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
ARCHITECTURE ?= arm64

build-%:
	@test -n "$(PROGRAM)" || { echo "no function $*"; exit 1; }
	cd $(commands)$(PROGRAM) && CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCHITECTURE:x86_64=amd64) \
	  go build -buildvcs=false -trimpath -tags lambda,lambda.norpc -ldflags '-s -w' -o '$(ARTIFACTS_DIR)/bootstrap' .
	mkdir -p '$(ARTIFACTS_DIR)/certificates' && cp $(commands)../lambda/certificates/* '$(ARTIFACTS_DIR)/certificates/'

build-Migrate: PROGRAM = migrate
build-StripeSandbox: PROGRAM = stripe-sandbox
# generated: functions (make generate)
build-SignUp build-SignIn build-ChangePassword build-SignOut build-CurrentUser build-GetAccount build-ConfirmEmail build-ConfirmAgain build-RequestReset build-ResetPassword build-ListSessions build-EndSession build-CreateToken build-ListTokens build-EndToken build-ExchangeToken build-SweepSessions build-SweepAuthOutbox : PROGRAM = auth
build-GetWaiting build-JoinWaiting build-LeaveWaiting build-GetPreferences build-SetPreferences build-StopMails build-CreateWebhook build-ListWebhooks build-ChangeWebhook build-RotateWebhookSecret build-EndWebhook build-ListWebhookDeliveries build-ResendWebhookDelivery build-CopyAccount build-RequestMail build-NoteTicket build-NoteOrder build-EndMailingSessions build-SendMails build-SendWebhooks build-SweepDeliveries build-NotificationsConsumers : PROGRAM = notifications
build-ListTickets build-GetTicket build-CreateTicket build-UpdateTicket build-WithdrawTicket build-SetAttachment build-GetAttachment build-HoldTicket build-EndTicketsSessions build-SweepTicketsOutbox build-TicketsConsumers : PROGRAM = tickets
build-CreateOrder build-ListOrders build-GetOrder build-CancelOrder build-ExtendOrder build-GetPass build-GetPassKeys build-CheckPass build-TakePass build-RefundOrder build-ListSales build-GetSales build-CopyTicket build-ExpireOrder build-CompleteOrder build-NoteRefund build-NotePayment build-EndOrdersSessions build-SweepOverdue build-SweepOrdersOutbox build-OrdersConsumers : PROGRAM = orders
build-CreatePayment build-GetOrderPayment build-StripeWebhook build-CopyOrder build-RefundPayment build-EndPaymentsSessions build-ReconcilePayments build-FindReversals build-SweepPaymentsOutbox build-PaymentsConsumers : PROGRAM = payments
build-ScheduleExpiration : PROGRAM = expiration
build-HomePage build-SignUpPage build-SignUpForm build-SignInPage build-SignInForm build-ForgotPage build-ForgotForm build-ResetPage build-ResetForm build-ConfirmEmailPage build-ConfirmEmailForm build-UnsubscribePage build-UnsubscribeForm build-SignOutForm build-SignedOutPage build-AccountPage build-ChangePasswordForm build-ConfirmAgainForm build-MailsForm build-EndSessionForm build-NewTicketPage build-NewTicketForm build-MyTicketsPage build-SalesFile build-TicketPage build-TicketState build-WaitingForm build-EditTicketPage build-EditTicketForm build-WithdrawTicketPage build-WithdrawTicketForm build-RefundTicketPage build-RefundTicketForm build-AttachmentPage build-AttachmentForm build-PlaceOrderForm build-MyOrdersPage build-OrderPage build-OrderState build-CancelOrderForm build-ExtendOrderForm build-PassPage build-PassFile build-VerifyPage build-TakePassForm build-PayPage build-PayState build-PayForm build-ConfirmPaymentForm build-GetAsset build-OpenapiDocument build-SiteHealth build-AsyncapiDocument build-ApiDocsPage build-NotFoundPage : PROGRAM = client
# end of generated
