@whatsapp
Feature: WhatsApp's 24 hours
  Free text may be sent for 24 hours after the customer's last message; after that, templates only.

  @CP-WAWIN-001 @clock
  Scenario: Free text is delivered just before the window closes
    Given a chat with a customer on whatsapp
    And 23 hours 59 minutes have passed
    When the agent writes "Still here"
    Then the customer reads "Still here"
    And nothing else is sent

  @CP-WAWIN-002 @clock
  Scenario: Free text is refused at once when the window is closed
    Given a chat with a customer on whatsapp
    And 24 hours have passed
    When the agent writes "Too late"
    Then the message is refused with a reason
    And the Conversation API was not called
    And nothing else is sent

  @CP-WAWIN-003 @clock @feature:templates
  Scenario: A template is delivered when the window is closed
    Given agents know the template "order_update" in en: "Order {{1}} is now {{2}}."
    And a chat with a customer on whatsapp
    And 25 hours have passed
    When the agent uses the template "order_update" in en with:
      | 42         |
      | on its way |
    Then the customer receives the template "Order 42 is now on its way."
    And nothing else is sent

  @CP-WAWIN-004 @clock
  Scenario: The window counts from the customer's last message
    Given a chat with a customer on whatsapp
    And 23 hours have passed
    And the customer has sent the image
    And 23 hours have passed
    When the agent writes "Thanks for the picture"
    Then the customer reads "Thanks for the picture"
    And nothing else is sent

  @CP-WAWIN-005 @clock
  Scenario: A message from the customer opens the window again
    Given a chat with a customer on whatsapp
    And 25 hours have passed
    And the customer has sent the image
    When the agent writes "Welcome back"
    Then the customer reads "Welcome back"
    And nothing else is sent
