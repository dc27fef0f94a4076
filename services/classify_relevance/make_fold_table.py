#!/usr/bin/env python3
"""Writes fold_table.inc: what folding makes of the characters beyond ASCII.

Case and accents go (NFKD without its marks, lower case); punctuation that has an ASCII form takes it; traditional and Japanese
forms of Han characters become the simplified one where both are used in drug, law and trade terms. Characters that are not
listed stay as they are.

usage: make_fold_table.py > fold_table.inc
"""
import unicodedata

RANGES = [(0x80, 0x58F), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2100, 0x214F), (0xFB00, 0xFB06), (0xFF01, 0xFF5E)]
KANA = (0x3000, 0x30FF)

SPECIAL = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
    "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ı": "i", "ħ": "h", "Ħ": "h", "ŋ": "n", "Ŋ": "n", "ŧ": "t", "Ŧ": "t",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": " ", "‑": " ", "‒": " ", "–": " ", "—": " ", "―": " ", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "",
    "\u2060": "", "\u200e": "", "\u200f": "", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\u3000": " ",
}

# Pairs of a traditional or Japanese form and the simplified one.
HAN = """
藥药薬药癮瘾類类鴉鸦齊齐關关関关稅税濟济済济經经経经貿贸國国會会製制議议議議協协協协議议議议劑剂剤剂嗎吗嗎吗輸输導导導导緝缉販贩團团団团組组
織织織织領领獄狱罰罚檢检検检調调調调監监監监證证証证據据拠据務务務务廳厅庁厅總总総总統统統统選选選选舉举挙举談谈談谈話话聯联連连連连邊边辺边
進进進进運运運运過过過过達达達达遠远遠远適适適适產产産产業业業业醫医療疗療疗護护護护護护衛卫衞卫險险険险險险資资資资費费費费貨货貨货質质質质
購购購购賣卖売卖買买買买貧贫賠赔賠赔償偿償偿責责責责貪贪賄贿賄贿贓赃殺杀殺杀傷伤傷伤擊击撃击戰战戦战軍军軍军隊队隊队艦舰艦舰機机機机構构構构
標标標标準准準准條条条条約约約约約约結结結结給给給给緩缓緩缓續续続续維维維维綱纲網网網网線线線线練练練练縣县県县級级級级納纳納纳紐纽紐纽細细
細细終终終终紅红紅红紀纪紀纪紙纸紙纸純纯純纯緊紧緊紧繼继継继績绩績绩縮缩縮缩罷罢罷罢職职職职聲声声声膚肤脅胁脅胁腦脑脳脑臟脏臓脏藝艺芸艺蘇苏
蘇苏號号号号虛虚蟲虫補补補补裝装装装裡里複复複复襲袭襲袭見见見见規规規规視视視视親亲親亲覺觉覚觉觀观観观觸触触触訂订訂订計计計计訊讯訊讯討讨
討讨訓训訓训記记記记訪访訪访設设設设許许許许訴诉訴诉診诊診诊詐诈詐诈評评評评詞词詞词試试試试該该該该詳详詳详誌志認认認认誘诱誘诱語语語语誤误
誤误說说説说誰谁課课課课論论論论謀谋謀谋謝谢謝谢識识識识譯译訳译警警譽誉讀读読读變变変变讓让譲让豐丰豊丰負负負负財财財财貧贫敗败敗败貸贷貸贷
貿贸賀贺賀贺賓宾資资賬账賴赖賴赖趙赵趨趋車车車车軌轨軌轨軟软軟软輕轻軽轻輛辆輪轮輪轮轄辖轄辖轉转転转辦办農农農农遞递逓递選选遺遗遺遗郵邮郵邮
鄉乡鄰邻鄭郑釋释釈释針针針针鈔钞銀银銀银銷销銷销鋼钢鋼钢錄录録录錢钱銭钱鎮镇鎮镇鏈链鐵铁鉄铁長长長长門门門门閉闭閉闭開开開开間间間间關关闆板
陣阵陣阵陸陆陸陆陽阳陽阳階阶階阶際际際际隨随随随隱隐隠隐難难難难雙双双双雜杂雑杂離离離离電电電电霧雾靈灵霊灵靜静靜静韓韩韓韩響响響响頁页頁页
項项項项順顺順顺須须須须預预預预頭头頭头頻频頻频題题題题額额額额願愿願愿顧顾顧顾顯显顕显風风風风飛飞飛飞飯饭飯饭飲饮飲饮養养養养館馆館馆駐驻
駐驻驗验験验驚惊驚惊體体体体髮发鬥斗魚鱼魚鱼黨党党党點点点点麗丽麗丽
執执執执報报報报場场場场塊块壓压圧压壞坏壊坏處处処处備备備备夠够奪夺奪夺奮奋奮奋婦妇婦妇媽妈孫孙孫孙學学学学寧宁寧宁實实実实審审審审寫写写写
將将将将專专専专尋寻尋寻對对対对島岛島岛師师師师帶带帯带幣币幣币幫帮幹干幾几幾几庫库庫库廠厂廢废廃废廣广広广張张張张強强強强彈弹弾弹從从従从復
复復复惡恶悪恶愛爱愛爱態态態态慘惨惨惨應应応应懷怀懐怀懲惩懲惩戲戏戯戏戶户戸户拋抛掃扫掃扫掛挂採采採采換换換换揮挥揮挥損损損损搖摇搜搜攜携擁
拥擁拥擇择択择擔担担担據据擴扩拡扩擾扰攝摄摂摄攔拦敵敌敵敌數数数数斷断断断於于時时時时晉晋暫暂暫暂書书書书東东東东條条來来来来極极極极楊杨榮
荣栄荣槍枪樂乐楽乐樓楼楼楼樣样様样樹树樹树橋桥橋桥橫横歐欧欧欧歡欢歓欢歲岁歳岁歷历歴历歸归帰归死死毀毁氣气気气汙污決决決决沒没沒没況况況况洩
泄洗洗測测測测減减減减渦涡溝沟満满滿满漁渔漢汉漢汉濫滥濫滥濱滨浜滨灣湾湾湾災灾災灾無无無无煙烟煙烟熱热熱热燒烧焼烧爭争争争爾尔牽牵牽牵狀状状
状獨独独独獲获獲获現现現现環环環环璽玺當当当当疊叠畢毕異异異异瘋疯發发発发盜盗盗盗盡尽尽尽碼码確确確确禁禁禍祸禮礼礼礼種种種种稱称称称穀谷積积
積积穩稳穏稳窮穷窮穷競竞競竞筆笔筆笔節节節节範范範范築筑築筑簡简簡简簽签籌筹糧粮繳缴罪罪羅罗羅罗聞闻聞闻腫肿腫肿與与与与興兴興兴舊旧旧旧莊庄
荘庄華华華华萬万万万葉叶葉叶蓋盖蓋盖藍蓝藍蓝處处虧亏術术術术衝冲衝冲製制個个個个倫伦倉仓們们優优優优儲储億亿億亿債债債债偵侦偵侦側侧側侧價价価
价儀仪儀仪侵侵兒儿児儿內内內内兩两両两冊册凍冻凍冻別别別别剛刚剛刚創创創创劃划劉刘劍剑動动動动勞劳労劳勢势勢势勝胜勝胜勵励励励勸劝勧劝區区区区
華华單单単单卻却却却厲厉參参参参員员員员問问問问啟启喪丧喪丧嚴严厳严圍围囲围園园園园圖图図图圓圆執执壇坛壯壮壮壮夾夹奧奥奥奥奬奖獎奖奨奖姦奸娛娱
孿孪宮宫宮宫寶宝宝宝屆届届届層层層层屬属属属岡冈岡冈峽峡州州巴巴巿市帥帅幀帧彙汇匯汇後后後后徑径徵征徴征恆恒恥耻悶闷惱恼愈愈慣惯慣惯憂忧憂忧
憑凭憲宪憲宪懸悬懸悬戀恋恋恋拘拘掙挣撐撑撥拨擬拟擬拟擰拧攻攻敘叙叙叙
"""


def folded(char):
    if char in SPECIAL:
        return SPECIAL[char]
    if unicodedata.category(char) == "Mn":
        return ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn").lower()
    plain = "".join(SPECIAL.get(c, c) for c in plain)
    if unicodedata.category(char) in ("Zs",):
        return " "
    return plain


def main():
    table = {}
    for low, high in RANGES:
        for code in range(low, high + 1):
            char = chr(code)
            new = folded(char)
            if new != char and len(new.encode()) <= 3:
                table[code] = new
    for code in range(0x3000, 0x3001):
        table[code] = " "
    pairs = "".join(HAN.split())
    for old, new in zip(pairs[::2], pairs[1::2]):
        if old != new:
            table.setdefault(ord(old), new)
    # A chain would depend on the number of runs.
    for code, new in list(table.items()):
        if len(new) == 1 and ord(new) in table:
            table[code] = table[ord(new)]
    print("// Made by make_fold_table.py: code point, what it becomes.")
    for code, new in sorted(table.items()):
        escaped = "".join("\\%03o" % b if b < 32 or b > 126 or b in (34, 92) else chr(b) for b in new.encode())
        print(f'{{0x{code:04X}, "{escaped}"}},')


main()
