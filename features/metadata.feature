Feature: Metadata becomes attached data
  Metadata is flat key-value data; every key is a valid XML element name. Bad metadata never costs the message.

  @CP-META-001
  Scenario Outline: Metadata of the first message is attached to the chat
    Given a customer on <channel>
    When a message arrives with the metadata:
      """
      {"orderId":"01FXMWRGMVY1MZPZQ5WD5XF15R","orderStatus":"pending"}
      """
    Then the attached data is:
      | orderId     | 01FXMWRGMVY1MZPZQ5WD5XF15R |
      | orderStatus | pending                    |
    And the agent reads "With metadata"
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

  @CP-META-002 @whatsapp
  Scenario: Metadata with escaped quotes is understood
    Given a customer on whatsapp
    When a message arrives with the metadata:
      """
      {\"orderId\":\"01FXMWRGMVY1MZPZQ5WD5XF15R\",\"orderStatus\":\"pending\"}
      """
    Then the attached data is:
      | orderId     | 01FXMWRGMVY1MZPZQ5WD5XF15R |
      | orderStatus | pending                    |
    And nothing else is sent

  @CP-META-003 @whatsapp
  Scenario: The older message metadata is read when there is no other
    Given a customer on whatsapp
    When a message arrives with the message metadata:
      """
      {"campaign":"spring"}
      """
    Then the attached data is:
      | campaign | spring |
    And nothing else is sent

  @CP-META-004 @whatsapp
  Scenario: Metadata is preferred to the older message metadata
    Given a customer on whatsapp
    When a message arrives with the metadata {"zipcode":"01230"} and the message metadata {"zipcode":"02230"}
    Then the attached data is:
      | zipcode | 01230 |
    And nothing else is sent

  @CP-META-005 @whatsapp
  Scenario: Keys that are no XML names are left out, one by one
    Given a customer on whatsapp
    When a message arrives with the metadata:
      """
      {"customer Id":"1","2ndcustomerId":"2","-x":"3","customerId":"4","secondcustomerId":"5"}
      """
    Then the attached data is:
      | customerId       | 4 |
      | secondcustomerId | 5 |
    And the agent reads "With metadata"
    And nothing else is sent

  @CP-META-006 @whatsapp
  Scenario Outline: Metadata that cannot be read does not cost the message
    Given a customer on whatsapp
    When a message arrives with the metadata:
      """
      <metadata>
      """
    Then the callback is accepted
    And the agent reads "With metadata"
    And there is no attached data
    And nothing else is sent

    Examples:
      | metadata          |
      | {"orderId":       |
      | orderId=1         |
      | ["orderId", "1"]  |
      | null              |

  @CP-META-007
  Scenario Outline: Metadata of a later message is merged into the chat
    Given a customer on <channel>
    And an earlier message with the metadata:
      """
      {"orderId":"1","orderStatus":"pending"}
      """
    When a message arrives with the metadata:
      """
      {"orderStatus":"sent","carrier":"bike"}
      """
    Then the attached data is:
      | orderId     | 1    |
      | orderStatus | sent |
      | carrier     | bike |
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
