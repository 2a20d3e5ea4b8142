"""SMSGate (capcom6/android-sms-gateway): an Android phone with a SIM, reached directly or through its cloud."""
