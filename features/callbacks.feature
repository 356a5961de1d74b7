@whatsapp
Feature: Callbacks are believed only when they are genuine, and counted once

  @CP-HOOK-001 @feature:webhook-signature
  Scenario: A callback with a wrong signature is refused
    Given a customer on whatsapp
    When a callback with a wrong signature arrives
    Then the callback is refused with 401
    And the agent has no chat
    And nothing else is sent

  @CP-HOOK-001 @feature:webhook-signature
  Scenario: A callback with a wrong signature adds nothing to a chat
    Given a chat with a customer on whatsapp
    When a callback with a wrong signature arrives
    Then the callback is refused with 401
    And the agent reads nothing new
    And nothing else is sent

  @CP-HOOK-002 @feature:webhook-signature
  Scenario: A callback without a signature is refused
    Given a customer on whatsapp
    When a callback without a signature arrives
    Then the callback is refused with 401
    And the agent has no chat
    And nothing else is sent

  @CP-HOOK-003
  Scenario: A callback that is delivered twice counts once
    Given a customer on whatsapp
    And every incoming callback is delivered twice
    When the customer writes "Only once"
    Then the agent reads in this order:
      | Only once |
    And nothing else is sent

  @CP-HOOK-004
  Scenario: Messages whose callbacks are late are read in the customer's order
    Given a customer on whatsapp
    When these messages arrive in reverse order:
      | first  |
      | second |
      | third  |
    Then the agent reads in this order:
      | first  |
      | second |
      | third  |
    And nothing else is sent
