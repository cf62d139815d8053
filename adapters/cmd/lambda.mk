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
build-SignUp build-SignIn build-ChangePassword build-SignOut build-CurrentUser build-GetAccount build-AuthConfirm build-RequestReset build-ResetPassword build-AuthSessions build-AuthTokens build-SweepSessions build-SweepAuthOutbox : PROGRAM = auth
build-NotificationsWaiting build-GetPreferences build-SetPreferences build-StopMails build-NotificationsWebhooks build-CopyAccount build-RequestMail build-NoteTicket build-NoteOrder build-EndMailingSessions build-SendMails build-SendWebhooks build-SweepDeliveries build-NotificationsConsumers : PROGRAM = notifications
build-ListTickets build-GetTicket build-CreateTicket build-UpdateTicket build-WithdrawTicket build-SetAttachment build-GetAttachment build-HoldTicket build-EndTicketsSessions build-SweepTicketsOutbox build-TicketsConsumers : PROGRAM = tickets
build-CreateOrder build-ListOrders build-GetOrder build-CancelOrder build-ExtendOrder build-GetPass build-GetPassKeys build-OrdersPass build-RefundOrder build-OrdersSales build-CopyTicket build-ExpireOrder build-CompleteOrder build-NoteRefund build-NotePayment build-EndOrdersSessions build-SweepOverdue build-SweepOrdersOutbox build-OrdersConsumers : PROGRAM = orders
build-CreatePayment build-GetOrderPayment build-StripeWebhook build-CopyOrder build-RefundPayment build-EndPaymentsSessions build-ReconcilePayments build-FindReversals build-SweepPaymentsOutbox build-PaymentsConsumers : PROGRAM = payments
build-ScheduleExpiration : PROGRAM = expiration
build-HomePage build-SignUpPage build-SignUpForm build-SignInPage build-SignInForm build-ClientForgot build-ClientReset build-ClientConfirm build-ClientUnsubscribe build-SignOutForm build-SignedOutPage build-ClientAccount build-ClientNew build-ClientMine build-TicketPage build-TicketState build-WaitingForm build-ClientEdit build-ClientWithdraw build-ClientRefund build-ClientAttachment build-PlaceOrderForm build-MyOrdersPage build-OrderPage build-OrderState build-CancelOrderForm build-ExtendOrderForm build-PassPage build-PassFile build-ClientVerify build-ClientPay build-ConfirmPaymentForm build-GetAsset build-OpenapiDocument build-SiteHealth build-AsyncapiDocument build-ApiDocsPage build-NotFoundPage : PROGRAM = client
# end of generated
