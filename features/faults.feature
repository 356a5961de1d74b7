@whatsapp
Feature: When the Conversation API has a bad day

  @CP-FAULT-001 @clock @feature:send-retry
  Scenario Outline: A send that fails for a while arrives once
    Given a chat with a customer on whatsapp
    And the Conversation API answers the next 2 sends with <status>
    And the agent has written "Patience"
    When 1 hour passes
    Then the customer has read "Patience" once
    And nothing else is sent

    Examples:
      | status |
      | 500    |
      | 503    |
      | 429    |

  @CP-FAULT-002 @feature:delivery-state
  Scenario: A send that is refused for good has failed, with a reason
    Given a chat with a customer on whatsapp
    And the Conversation API answers the next 1 sends with 400
    When the agent writes "Not possible"
    Then the message has failed with a reason
    And the Conversation API was called 1 times
    And nothing else is sent

  @CP-FAULT-003 @feature:delivery-state
  Scenario: A wrong access key shows as a failed message
    Given the subject has a wrong secret for the Conversation API
    And a chat with a customer on whatsapp
    When the agent writes "Wrong key"
    Then the message has failed with a reason
    And nothing else is sent

  @CP-FAULT-004 @clock
  Scenario: A message is sent although the access token has run out
    Given a chat with a customer on whatsapp
    And the agent has written "Early"
    And 2 hours have passed
    When the agent writes "Late"
    Then the customer reads "Late"
    And nothing else is sent
