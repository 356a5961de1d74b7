Feature: Files both ways
  A customer's file is on the internal share before its link dies. An agent's file is public for exactly the retention
  time; the internal copy stays.

  @CP-FILE-001
  Scenario Outline: The customer's file is stored, byte for byte
    Given a customer on <channel>
    When the customer sends the <kind>
    Then the agent has the <kind>, byte for byte
    And the incoming file was downloaded once
    And nothing else is sent

    Examples:
      | channel   | kind       |
      | whatsapp  | image      |
      | whatsapp  | document   |
      | whatsapp  | video      |
      | whatsapp  | audio file |
      | telegram  | image      |
      | telegram  | document   |
      | telegram  | video      |
      | telegram  | audio file |
      | line      | image      |
      | line      | document   |
      | line      | video      |
      | line      | audio file |
      | messenger | image      |
      | messenger | document   |
      | messenger | video      |
      | messenger | audio file |
      | instagram | image      |
      | instagram | video      |
      | sinchchat | image      |
      | sinchchat | document   |
      | sinchchat | video      |
      | sinchchat | audio file |
      | viber     | image      |
      | viber     | document   |
      | viber     | video      |
      | viberbm   | image      |
      | viberbm   | document   |
      | viberbm   | video      |
      | wechat    | image      |
      | wechat    | video      |

  @CP-FILE-002 @feature:voice-in
  Scenario Outline: The customer's voice note is stored, byte for byte
    Given a customer on <channel>
    When the customer sends the voice note
    Then the agent has the voice note, byte for byte
    And nothing else is sent

    Examples:
      | channel  |
      | whatsapp |
      | telegram |
      | wechat   |

  @CP-FILE-003 @clock
  Scenario Outline: The customer's file outlives the channel's link
    Given a chat with a customer on <channel>
    And the customer has sent the document
    When 31 days pass
    Then the agent has the document, byte for byte
    And nothing else is sent

    Examples:
      | channel   |
      | whatsapp  |
      | telegram  |
      | line      |
      | messenger |
      | sinchchat |
      | viber     |
      | viberbm   |

  @CP-FILE-004
  Scenario Outline: The agent's file reaches the phone, byte for byte
    Given a chat with a customer on <channel>
    When the agent sends the <kind>
    Then the customer has the <kind>, byte for byte
    And the public file was fetched once
    And nothing else is sent

    Examples:
      | channel   | kind       |
      | whatsapp  | image      |
      | whatsapp  | document   |
      | whatsapp  | video      |
      | whatsapp  | audio file |
      | telegram  | image      |
      | telegram  | document   |
      | telegram  | video      |
      | telegram  | audio file |
      | line      | image      |
      | line      | video      |
      | line      | audio file |
      | messenger | image      |
      | messenger | document   |
      | messenger | video      |
      | messenger | audio file |
      | instagram | image      |
      | instagram | document   |
      | instagram | video      |
      | sinchchat | image      |
      | sinchchat | document   |
      | sinchchat | video      |
      | sinchchat | audio file |
      | viber     | image      |
      | viber     | document   |
      | viber     | video      |
      | viberbm   | image      |
      | viberbm   | document   |
      | wechat    | image      |
      | wechat    | video      |

  @CP-FILE-005 @clock @whatsapp
  Scenario: A public file can be fetched until the last second
    Given public files are kept for 36 hours
    And a chat with a customer on whatsapp
    And the agent has sent the image
    When 35 hours 59 minutes 59 seconds pass
    Then the public file can be fetched
    And nothing else is sent

  @CP-FILE-006 @clock @whatsapp
  Scenario: A public file is gone after its time
    Given public files are kept for 36 hours
    And a chat with a customer on whatsapp
    And the agent has sent the image
    When 36 hours 6 seconds pass
    Then the public file is gone
    And nothing else is sent

  @CP-FILE-007 @clock @whatsapp
  Scenario: The internal copy stays after the public file is gone
    Given public files are kept for 1 hour
    And a chat with a customer on whatsapp
    And the agent has sent the image
    When 2 hours pass
    Then the agent still has the sent image, byte for byte
    And nothing else is sent

  @CP-FILE-008 @whatsapp
  Scenario: The address of a public file cannot be guessed
    Given a chat with a customer on whatsapp
    When the agent sends the image
    Then a neighbouring address of the public file is not found
    And the customer has the image, byte for byte
    And nothing else is sent

  @CP-FILE-009 @whatsapp
  Scenario: A file of a type that is not allowed is refused
    Given agents may send files of the types jpg, png only
    And a chat with a customer on whatsapp
    When the agent sends the document
    Then the message is refused with a reason
    And the Conversation API was not called
    And nothing else is sent

  @CP-FILE-010 @whatsapp
  Scenario: A file that is too large is refused
    Given agents may send files of at most 100 bytes
    And a chat with a customer on whatsapp
    When the agent sends the image
    Then the message is refused with a reason
    And the Conversation API was not called
    And nothing else is sent
