@whatsapp
Feature: Agents see what they have a right to

  @CP-RIGHT-001 @feature:consents
  Scenario: An agent without the right cannot see consents
    Given an agent without the right to see consents
    And a chat with a customer on whatsapp
    When that agent asks for the consents
    Then the request is refused
    And nothing else is sent

  @CP-RIGHT-002 @feature:consents
  Scenario: An agent with the right sees the consents
    Given a chat with a customer on whatsapp
    And the customer has consented
    When the agent asks for the consents
    Then the customer's consent is shown
    And nothing else is sent
