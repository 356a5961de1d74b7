Feature: Text both ways
  Text is what every channel carries. It arrives as it was written, once, and in order.

  @CP-TEXT-001
  Scenario Outline: The agent reads what the customer wrote
    Given a customer on <channel>
    When the customer writes "Where is my order?"
    Then the agent reads "Where is my order?"
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-002
  Scenario Outline: The customer reads what the agent wrote
    Given a chat with a customer on <channel>
    When the agent writes "It left our house this morning."
    Then the customer reads "It left our house this morning."
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-003
  Scenario Outline: The agent reads messages in order, each once
    Given a customer on <channel>
    When the customer writes in a row:
      | first  |
      | second |
      | third  |
    Then the agent reads in this order:
      | first  |
      | second |
      | third  |
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-004
  Scenario Outline: The customer reads messages in order, each once
    Given a chat with a customer on <channel>
    When the agent writes in a row:
      | first  |
      | second |
      | third  |
    Then the customer reads in this order:
      | first  |
      | second |
      | third  |
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-005
  Scenario Outline: A web address from the customer stays intact
    Given a customer on <channel>
    When the customer writes:
      """
      See https://shop.example/orders/42?from=chat&lang=en#items, please (it's urgent)
      """
    Then the agent reads:
      """
      See https://shop.example/orders/42?from=chat&lang=en#items, please (it's urgent)
      """
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-006
  Scenario Outline: A web address from the agent stays intact
    Given a chat with a customer on <channel>
    When the agent writes:
      """
      Track it at https://shop.example/track?id=7&sig=a%2Fb_c*d*#map <today> & tomorrow
      """
    Then the customer reads:
      """
      Track it at https://shop.example/track?id=7&sig=a%2Fb_c*d*#map <today> & tomorrow
      """
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-007
  Scenario Outline: Every script arrives unchanged at the agent
    Given a customer on <channel>
    When the customer writes "Grüße, 你好, مرحبا, नमस्ते 👩‍👩‍👧 {x} [y]"
    Then the agent reads "Grüße, 你好, مرحبا, नमस्ते 👩‍👩‍👧 {x} [y]"
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-008
  Scenario Outline: Every script arrives unchanged at the customer
    Given a chat with a customer on <channel>
    When the agent writes "Grüße, 你好, مرحبا, नमस्ते 👩‍👩‍👧 {x} [y]"
    Then the customer reads "Grüße, 你好, مرحبا, नमस्ते 👩‍👩‍👧 {x} [y]"
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |

  @CP-TEXT-009 @feature:end-chat
  Scenario Outline: Writing after the end opens a new chat
    Given a chat with a customer on <channel>
    And the agent has ended the chat
    When the customer writes "One more thing"
    Then the chat is a new one
    And the agent reads in this order:
      | One more thing |
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | instagram |
      | sms       |
      | sinchchat |
      | viber     |
      | viberbm   |
      | wechat    |
