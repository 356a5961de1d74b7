Feature: The customer's name
  The agent sees the display name where the channel knows one, and the channel identity where it does not.

  @CP-NAME-001
  Scenario Outline: The display name is shown
    Given a customer on <channel>
    When the customer writes "Good morning"
    Then the agent sees the customer's name
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
      | telegram |

  @CP-NAME-002
  Scenario Outline: Without a display name the identity is shown
    Given a nameless customer on <channel>
    When the customer writes "Good morning"
    Then the agent sees the customer's identity as the name
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
      | sms      |
