@feature:delivery-state
Feature: What became of a message
  The agent sees how far a message has come, and why it failed.

  @CP-RCPT-001
  Scenario Outline: A message that reached the phone is delivered
    Given a chat with a customer on <channel>
    When the agent writes "Did you get this?"
    Then the message becomes delivered
    And the customer reads "Did you get this?"
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
      | sms      |

  @CP-RCPT-002
  Scenario Outline: A message that the customer has read is read
    Given a chat with a customer on <channel>
    And the agent has written "Did you get this?"
    When the customer reads what has arrived
    Then the message becomes read
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |

  @CP-RCPT-003
  Scenario Outline: A message that the channel only takes is sent
    Given a chat with a customer on <channel>
    When the agent writes "On its way"
    Then the message becomes sent
    And the customer reads "On its way"
    And nothing else is sent

    Examples:
      | channel  |
      | telegram |

  @CP-RCPT-004
  Scenario Outline: A message that waits for the phone is sent and no more
    Given a chat with a customer on <channel>
    And the customer has no connection
    When the agent writes "Are you there?"
    Then the message becomes sent
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |

  @CP-RCPT-001
  Scenario Outline: A message is delivered when the phone is back
    Given a chat with a customer on <channel>
    And the customer has no connection
    And the agent has written "Are you there?"
    When the customer is connected again
    Then the message becomes delivered
    And the customer reads "Are you there?"
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
      | sms      |

  @CP-RCPT-005
  Scenario Outline: A message that the channel refuses has failed, with a reason
    Given a chat with a customer on <channel>
    And the customer has blocked the business
    When the agent writes "Hello?"
    Then the message has failed with a reason
    And nothing else is sent

    Examples:
      | channel  |
      | telegram |
