/** Sentences of the verifier for a person who is not an engineer. `{name}` is filled in; `{place}` is the file or record. */
export const ZH = {
  'zip.not-a-zip': '这个文件不是证据包(ZIP 格式),或者开头已经损坏,无法打开。',
  'zip.end':
    '证据包的结尾不完整或被改动(第 {offset} 字节处):文件可能没有传完,也可能被加长、截短或改动。',
  'zip.directory':
    '证据包里的文件目录被改动,位置在第 {offset} 字节处(文件 {file})。请用另一份副本重新核验。',
  'zip.header': '证据包中文件 {file} 前面的标识被改动(第 {offset} 字节处)。',
  'zip.method':
    '文件 {file} 是压缩存放的,原始证据包从不压缩:这不是原件。若是他人重新打包的,请先解压,再核验解压后的文件夹。',
  'zip.path': '证据包中有一个不允许的文件名:{file}。它可能想把文件写到别处,请不要解压。',
  'zip.twice': '文件名 {file} 在证据包中出现了两次,不能确定以哪一个为准。',
  'zip.order': '文件 {file} 不在原来的位置:这个包被重新打包过。',
  'zip.checksum': '文件 {file} 的内容被改动(第 {offset} 字节之后)。',
  'bundle.none': '这里没有证据包:找不到 bagit.txt 和 data/request.json。请检查所给的路径。',
  'file.changed': '文件 {place} 的内容与清单不符:制作之后被改动。',
  'file.missing': '缺少文件 {place}。',
  'file.extra': '文件 {place} 不在清单之中:是后来加进去的。',
  'file.not-utf8': '文件 {place} 不是可读的文字。',
  'file.malformed': '文件 {place} 的内容不符合格式(位置:{at};应为:{expected}),无法核验。',
  'bag.declaration': '文件 bagit.txt 的声明不是规定的内容。',
  'bag.content': 'bag-info.txt 写明的内容摘要(Content-Digest)与清单不符。',
  'bag.size': 'bag-info.txt 写明的大小与实际不符(实际 {bytes} 字节、{files} 个文件)。',
  'manifest.malformed': '清单 {place} 第 {line} 行不符合格式。',
  'manifest.unlisted': '文件 {place} 没有列入清单 {manifest}。',
  'manifest.no-sm3': '本机的 Node 没有 SM3 算法,国密清单未核验;SHA-256 清单已核验。',
  'signature.malformed': '制作单位的签名文件 {place} 不符合格式。',
  'signature.digest': '清单 {place} 不是制作单位签名时的那一份:签名之后被改动。',
  'signature.number':
    '签名所写的编号或版本({number},{edition})与 data/request.json 不一致:签名可能取自另一个证据包。',
  'signature.invalid':
    '制作单位的签名 {place} 无效,或者签名的不是您所信任的制作单位:不能证明这个证据包是谁制作的。',
  'signature.unchecked':
    '文件 {place} 存在且未被改动,但它所证明的内容没有核验。时间戳(RFC 3161)请用 openssl ts -verify -in {place} -data tagmanifest-sha256.txt -CAfile 证书文件 核验(证书从时间戳机构取得);其他签名请用其制作者的工具核验。',
  'request.form': '{place} 没有按唯一的写法(RFC 8785,一行)书写:不同的核验程序可能读出不同的内容。',
  'keys.own':
    '没有提供公钥文件(--keys):只用包内自带的公钥作了核对,不能证明证据包的来源。请用从其他途径取得的公钥文件再核验一次。',
  'keys.malformed': '没有提供公钥文件(--keys),包内自带的公钥也不能使用:签名和日志无法核验。',
  'checkpoint.size': '检查点 {place} 的记录总数是 {size},而 data/request.json 写的是 {stated}。',
  'checkpoint.refused':
    '检查点 {place} 不可信(原因:{reason}):日志的签名无效,或者见证单位的签名不够数。',
  'consistency.fails':
    '{place} 不能证明早先的状态 {checkpoint} 是同一部日志的开头(原因:{reason}):日志可能被重写过。',
  'record.proof':
    '记录 {place} 与已签名的日志不符(原因:{reason},证明文件 {proof}):这条记录或它的证明被改动。',
  'record.missing': '缺少记录 {place}:它的证明文件 {proof} 还在,记录本身不见了。',
  'record.unlisted':
    '记录 {place} 不属于任何一条完整的链,也没有列入单独提供的记录(data/loose.json)。',
  'entity.misnamed': '文件 {place} 的名称与它所写的对象 {entity} 不符。',
  'entity.foreign': '记录 {record}({place})不是 {entity} 的记录。',
  'entity.missing': '{entity} 的第 {seq} 条记录不在证据包中:有记录被抽走(见 {place})。',
  'entity.joint':
    '{entity} 的第 {seq} 条记录({place})没有接在前一条记录之后:前一条被换过,或者链被重新接过。',
  'entity.index':
    '{place} 不能证明 {entity} 的记录是齐全的(原因:{reason}):与日志承诺的总索引不符。',
  'entity.absent': '请求所列或记录所指的 {entity} 没有记录文件:整条链被抽走。',
  'entity.twice': '{entity} 的第 {seq} 条记录有两份({other} 和 {place}):出现了两种历史。',
  'alert.absent': '记录 {place} 的命中应有预警 {entity},证据包中却没有它的记录:整条链被抽走。',
  'custody.entity': '{place} 写的是 {named},而本证据包的请求是 {entity}。',
  'custody.absent':
    '{place} 中没有 {entity} 的 {action} 记录:本证据包没有经过申请,或者没有经过批准。',
  'custody.persons': '{place} 不能证明本证据包由两人申请、由另一人批准({names})。',
  'custody.late':
    '请求的记录 {record}({place})不在证据包所依据的 {size} 条记录之内:所依据的状态早于批准。',
  'custody.differs': 'data/request.json 中的 {what} 与请求的记录({place})不一致。',
  'source.unlisted': '记录 {place} 说收到过一件事件,但原始数据目录中没有它。',
  'source.no-record': '原始数据 {place}(事件 {event})没有对应的日志记录 {record}。',
  'source.digest':
    '原始数据 {place}(事件 {event})与记录 {record} 中的摘要不符:原始数据不是当时收到的那一份。',
  'source.withheld': '记录 {place} 的原始数据({event})没有提供;完整版必须提供。',
  'source.differs': '原始数据目录中事件 {event} 的 {what} 与记录 {place} 不一致。',
  'source.not-erased':
    '原始数据目录说记录 {place} 的原始数据({event})已删除,但证据包中没有删除的记录。',
  'source.erased': '记录 {place} 的原始数据({event})已依法删除;记录本身和它的证明仍然有效。',
  'payload.digest': '{place} 与记录 {record} 中的摘要不符:命中或预警的内容被改动。',
  'payload.redacted':
    '有 {count} 份内容已遮盖个人信息。遮盖部分是否与完整版一致,请用 --match 核对。',
  'rule.digest': '规则文件 {place}({rule})与规则目录中的摘要不符。',
  'rule.other': '规则文件 {place} 不是目录所说的 {rule}。',
  'rule.broken': '证据包中的规则无法使用:{reason}。',
  'event.read-otherwise':
    '原始数据 {place}(事件 {event},记录 {record})重新解读的结果与 {file} 不同。',
  'event.other': '{place} 中的 {what} 与记录 {record} 不符:不是当时收到的那件事件。',
  'event.taken':
    '有 {count} 件事件的原始数据不能单独解读(属性在未保存的消息头中):它们的编号、办件、类型和时间采用监察系统当时解读的结果,其中除时间外都与记录相符。',
  'reference.unfounded':
    '{place} 中的一项参照数据(事件 {event},记录 {record})与收到的原始数据不符。',
  'statement.other': '{place} 中关于规则 {rule} 的一项与记录 {record} 不符。',
  'statement.missing': '记录 {place}(规则 {rule})没有列入重新计算的清单 data/reevaluation.json。',
  'reevaluation.differs':
    '按包内的原始数据和规则 {rule} 重新计算办件 {case}(截至 {asOf}),结果与记录 {place} 不同:{differs}。',
  'reevaluation.nothing':
    '按包内的原始数据和规则 {rule} 重新计算办件 {case}(截至 {asOf}),得不到记录 {place} 所说的命中。',
  'reevaluation.failed':
    '办件 {case} 不能按规则 {rule} 重新计算(截至 {asOf},记录 {place}):{reason}。',
  'reevaluation.erased': '办件 {case} 有原始数据已依法删除,因此对它不作重新计算;记录和证明已核验。',
  'reevaluation.redacted': '这是遮盖版,不含原始数据,因此不作重新计算;请用完整版重新计算。',
  'match.edition': '核对需要一份完整版和一份遮盖版,给出的是 {full} 和 {redacted}。',
  'match.scope': '两份证据包不是同一次请求、同一状态制作的({what})。',
  'match.record': '文件 {place} 在完整版和遮盖版中不一致。',
  'match.value': '遮盖版 {place} 中 {pointer} 处的遮盖值与完整版的原值不符。',
  'match.salt': '完整版 data/redactions.json 中没有 {place} 的 {pointer} 处的记录。',
  'match.else': '遮盖版 {place} 中 {pointer} 处除遮盖之外另有改动。',
  more: '同类问题还有 {count} 处({key}),不再逐一列出。',
  'result.ok': '核验通过:没有发现任何改动、缺失或不符。',
  'result.failed': '核验未通过:发现 {count} 处问题,退出码 {exit}。',
  'result.tally':
    '共核对 {files} 个文件、{records} 条日志记录、{entities} 条完整的链、{events} 件原始事件,重新计算 {findings} 项命中。',
  'result.match': '遮盖版与完整版一致:核对了 {values} 处遮盖值。',
  'result.problem': '[{exit}] {text}',
  'result.note': '说明:{text}',
} as const;

/** Names a sentence. */
export type OutcomeKey = keyof typeof ZH;
