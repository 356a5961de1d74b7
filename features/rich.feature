Feature: Locations, choices and what cannot be shown

  @CP-RICH-001 @feature:location-in
  Scenario Outline: The agent sees where the customer is
    Given a customer on <channel>
    When the customer shares the position 55.610479 13.002873
    Then the agent sees the position 55.610479 13.002873
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | sinchchat |
      | viber     |
      | wechat    |

  @CP-RICH-002 @feature:location-out
  Scenario Outline: The customer sees the agent's location
    Given a chat with a customer on <channel>
    When the agent shares the position 59.329323 18.068581
    Then the customer sees the position 59.329323 18.068581
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | sinchchat |
      | viber     |

  @CP-RICH-003 @feature:quick-replies
  Scenario Outline: The customer is given choices
    Given a chat with a customer on <channel>
    When the agent asks "Deliver when?" with the choices:
      | Today    |
      | Tomorrow |
    Then the customer can choose between:
      | Today    |
      | Tomorrow |
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sinchchat |

  @CP-RICH-004 @feature:quick-replies
  Scenario Outline: The agent sees what the customer chose
    Given a chat with a customer on <channel>
    And the agent has asked "Deliver when?" with the choices:
      | Today    |
      | Tomorrow |
    When the customer taps "Tomorrow"
    Then the agent sees the choice "Tomorrow"
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sinchchat |

  @CP-RICH-005 @feature:unsupported-content
  Scenario Outline: What cannot be shown is announced
    Given a chat with a customer on <channel>
    When the customer sends something unsupported
    Then the agent is told that something could not be shown
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
