-- Closed vocabularies.  Open ones (specialization, client group, potential,
-- position) are tables of a base, so that a company can add to them.
CREATE TYPE kbnorms.manager_status AS ENUM ('intern', 'novice', 'experienced', 'veteran');
COMMENT ON TYPE kbnorms.manager_status IS 'Status of a manager by tenure: стажер, новичок, опытный, ветеран.';
CREATE TYPE kbnorms.verdict AS ENUM ('met', 'missed', 'pending', 'exempt');
COMMENT ON TYPE kbnorms.verdict IS 'Judgement of a measure: выполнено, не выполнено, срок не истёк, не нормируется.';
CREATE TYPE kbnorms.stance AS ENUM ('target', 'allowed', 'forbidden');
COMMENT ON TYPE kbnorms.stance IS 'How a specialization stands to a client group or potential: целевая, допускается, запрещена.';
CREATE TYPE kbnorms.territory_rule AS ENUM ('none', 'city', 'strict');
COMMENT ON TYPE kbnorms.territory_rule IS 'Territory rule of a specialization: не регламентировано, территория города, строгое закрепление.';
CREATE TYPE kbnorms.unit_kind AS ENUM ('centre', 'region', 'cluster', 'office', 'service', 'vtc');
COMMENT ON TYPE kbnorms.unit_kind IS 'Kind of a unit: ЦП, РЦ, куст, ОП, ООК, ВТЦ.';
CREATE TYPE kbnorms.activity_kind AS ENUM ('meeting', 'cold_call');
COMMENT ON TYPE kbnorms.activity_kind IS 'Kind of a manager''s activity: встреча, «холодный» звонок.';
CREATE TYPE kbnorms.memo_state AS ENUM ('draft', 'submitted', 'approved', 'applied', 'rejected');
COMMENT ON TYPE kbnorms.memo_state IS 'State of a memo: черновик, подана, согласована, исполнена, отклонена.';
CREATE TYPE kbnorms.change_kind AS ENUM ('bind', 'move', 'unbind', 'link', 'unlink');
COMMENT ON TYPE kbnorms.change_kind IS 'Kind of a change of a base: привязка, передача, отвязка, присвоение и снятие 140 признака.';
CREATE TYPE kbnorms.capacity AS ENUM ('reader', 'author', 'client_analyst', 'sales_director', 'centre', 'centre_sales');
COMMENT ON TYPE kbnorms.capacity IS 'What a database role may act as: чтение, автор служебных записок, МКА, ДП, ЦП, УП ЦП.';
CREATE TYPE kbnorms.enforcement AS ENUM ('block', 'warn', 'off');
COMMENT ON TYPE kbnorms.enforcement IS 'What a rule does when it is broken: запрещает, предупреждает, отключено.';
