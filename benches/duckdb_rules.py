"""DuckDB judges a city by the shipped rules, one query a rule, over the Parquet files of duckdb_import.py.

usage: duckdb_rules.py [--threads N] PARQUET KNOWLEDGE

Normalisation (net lines, agreed sex and birth, merged stays) is made once, written as Parquet, and shared by all queries: that
favours DuckDB, whose queries would each repeat it otherwise. A query returns the number of hits of its rule, as the engine
counts them. Prints one JSON object: seconds, cpu_seconds, peak_kib, rows, parts, hits. Needs the package `duckdb`.
"""

import argparse
import glob
import json
import os
import resource
import time

import duckdb

LEVEL = """CASE WHEN TRY_CAST({0} AS INT) IN (1, 2, 3, 4, 12) THEN 3 WHEN TRY_CAST({0} AS INT) IN (5, 6, 7, 13) THEN 2
     WHEN TRY_CAST({0} AS INT) IN (8, 9, 10, 14) THEN 1 END"""

MACROS = [
    # Completed years and months between birth and a day.
    """CREATE MACRO years(birth, day) AS CASE WHEN birth <= day THEN
        year(day) - year(birth) - CASE WHEN month(day) * 100 + day(day) < month(birth) * 100 + day(birth) THEN 1 ELSE 0 END END""",
    """CREATE MACRO months(birth, day) AS CASE WHEN birth <= day THEN
        (year(day) - year(birth)) * 12 + month(day) - month(birth) - CASE WHEN day(day) < day(birth) THEN 1 ELSE 0 END END""",
    """CREATE MACRO plausible(birth, day) AS CASE WHEN birth NOT IN (DATE '1900-01-01', DATE '1899-12-30', DATE '1899-12-31')
        AND birth <= day AND years(birth, day) <= 125 THEN birth END""",
    "CREATE MACRO sex_of(code) AS CASE WHEN trim(code) IN ('1', '01') THEN '1' WHEN trim(code) IN ('2', '02') THEN '2' END",
    "CREATE MACRO fen(yuan) AS CAST(round(yuan * 100) AS BIGINT)",
    """CREATE MACRO class_of(t, inst) AS CASE
        WHEN t LIKE '110215%' OR t LIKE '14%' OR t LIKE '15%' THEN 'chronic'
        WHEN t LIKE '120%' OR t LIKE '13%' THEN 'emergency'
        WHEN t LIKE '11%' OR t LIKE '12%' OR t LIKE '16%' OR t LIKE '51%' OR t LIKE '81%' THEN 'outpatient'
        WHEN regexp_matches(t, '^(2[1-6]|52)') THEN 'inpatient'
        WHEN t LIKE '41%' THEN 'pharmacy'
        WHEN regexp_matches(t, '^(28|53|61|71)') THEN 'special'
        WHEN inst LIKE 'P%' THEN 'pharmacy' END""",
]

PREPARE = {
    # Settlements that do not stand: withdrawn, a refund, or refunded.
    "void": """
        SELECT DISTINCT setl_id FROM (
          SELECT setl_id FROM setl_d WHERE vali_flag = '0' OR refd_setl_flag = '1' OR init_setl_id <> setl_id
          UNION ALL
          SELECT init_setl_id FROM setl_d WHERE init_setl_id <> setl_id AND coalesce(vali_flag, '1') <> '0')""",
    "standing": """
        SELECT mdtrt_id, arg_max(insutype, (setl_time, setl_id)) AS insutype, arg_max(clr_way, (setl_time, setl_id)) AS clr_way,
               arg_max(mid_setl_flag, (setl_time, setl_id)) AS last_midway,
               bool_or(acct_mulaid_pay > 0) AS family_account, count(*) AS settlements
        FROM setl_d s WHERE coalesce(vali_flag, '1') <> '0' AND NOT EXISTS (SELECT 1 FROM void WHERE void.setl_id = s.setl_id)
        GROUP BY mdtrt_id""",
    "person": """
        SELECT p.psn_no, sex_of(p.gend) AS sex, p.brdy, least(p.die_date, d.die_date) AS die_date
        FROM psn_info_b p LEFT JOIN (SELECT psn_no, min(die_date) AS die_date FROM death_register GROUP BY psn_no) d USING (psn_no)""",
    "visit0": """
        SELECT m.mdtrt_id, m.fixmedins_code, m.psn_no, m.med_type, class_of(m.med_type, m.fixmedins_code) AS class, m.begntime,
               CASE WHEN m.endtime < CAST(m.begntime AS DATE) THEN NULL ELSE m.endtime END AS endtime,
               CAST(m.begntime AS DATE) AS begin_day, m.nwb_flag, m.fetus_cnt, m.traf_dept_flag, m.refl_old_mdtrt_id, m.dscg_way,
               m.dscg_maindiag_code, m.matn_type, m.insutype AS visit_insutype, m.insu_admdvs, m.hosp_lv,
               coalesce(s.insutype, m.insutype) AS insutype, s.clr_way, s.last_midway, s.family_account,
               CASE WHEN m.nwb_flag = '1' THEN p.sex WHEN sex_of(m.gend) <> p.sex THEN NULL ELSE coalesce(sex_of(m.gend), p.sex) END AS sex,
               plausible(m.brdy, CAST(m.begntime AS DATE)) AS visit_birth, plausible(p.brdy, CAST(m.begntime AS DATE)) AS person_birth,
               greatest(m.die_date, p.die_date) AS death
        FROM mdtrt_d m LEFT JOIN standing s USING (mdtrt_id) LEFT JOIN person p USING (psn_no)
        WHERE coalesce(m.vali_flag, '1') <> '0'""",
    # Only hospital stays are merged, each with the one before it at the same institution.
    "linked": """
        SELECT *, CASE WHEN gap BETWEEN 0 AND 1 AND (p_midway = '1' OR refl_old_mdtrt_id = p_id) THEN 0
                       WHEN gap = 0 AND (traf_dept_flag = '1' OR p_ward = '1' OR visit_insutype <> p_insutype OR insu_admdvs <> p_region) THEN 0
                       ELSE 1 END AS fresh
        FROM (SELECT *, begin_day - CAST(lag(endtime) OVER w AS DATE) AS gap, lag(last_midway) OVER w AS p_midway, lag(mdtrt_id) OVER w AS p_id,
                     lag(traf_dept_flag) OVER w AS p_ward, lag(visit_insutype) OVER w AS p_insutype, lag(insu_admdvs) OVER w AS p_region
              FROM visit0 WHERE class = 'inpatient'
              WINDOW w AS (PARTITION BY fixmedins_code, psn_no ORDER BY begntime, mdtrt_id))""",
    "stay_of": """
        SELECT mdtrt_id, first_value(mdtrt_id) OVER (PARTITION BY fixmedins_code, psn_no, island ORDER BY begntime, mdtrt_id) AS stay_id
        FROM (SELECT *, sum(fresh) OVER (PARTITION BY fixmedins_code, psn_no ORDER BY begntime, mdtrt_id) AS island FROM linked)""",
    "visit1": """
        SELECT v.*, coalesce(s.stay_id, v.mdtrt_id) AS stay_id,
               CASE WHEN visit_birth IS NOT NULL AND person_birth IS NOT NULL AND visit_birth <> person_birth AND nwb_flag = '1' THEN person_birth
                    WHEN visit_birth <> person_birth THEN NULL ELSE coalesce(visit_birth, person_birth) END AS birth
        FROM visit0 v LEFT JOIN stay_of s USING (mdtrt_id)""",
    "delivery": """
        SELECT stay_id, min(day) AS day FROM (
          SELECT v.stay_id, NULL::DATE AS day FROM visit1 v JOIN setl_list_diag_d d USING (mdtrt_id)
            WHERE regexp_matches(d.diag_code, '^(O8[0-4]|Z37)')
          UNION ALL SELECT stay_id, NULL FROM visit1 WHERE regexp_matches(dscg_maindiag_code, '^(O8[0-4]|Z37)') OR matn_type IN ('1', '2', '3', '4')
          UNION ALL SELECT v.stay_id, o.oprn_oprt_date FROM visit1 v JOIN setl_list_oprn_d o USING (mdtrt_id)
            WHERE regexp_matches(o.oprn_oprt_code, '^(72\\.|73\\.5|73\\.6|74\\.)') AND NOT regexp_matches(o.oprn_oprt_code, '^(74\\.3|74\\.91)'))
        WHERE stay_id NOT IN (SELECT stay_id FROM visit1 WHERE sex = '1' OR years(birth, begin_day) < 10)
        GROUP BY stay_id""",
    "visit": """
        SELECT v.*, d.stay_id IS NOT NULL OR marked AS has_baby, d.stay_id IS NOT NULL AS delivered, d.day AS delivery_day,
               greatest(coalesce(max(fetus_cnt) OVER (PARTITION BY v.stay_id), 1), 1) AS babies, w.begin AS stay_begin, w.stop AS stay_end,
               inst.level AS level
        FROM (SELECT *, coalesce(nwb_flag = '1' AND coalesce(years(birth, begin_day) >= 10, TRUE), FALSE) AS marked FROM visit1) v
        LEFT JOIN delivery d USING (stay_id)
        LEFT JOIN (SELECT stay_id, min(begntime) AS begin, CASE WHEN count(endtime) = count(*) THEN max(endtime) END AS stop
                   FROM visit1 GROUP BY stay_id) w USING (stay_id)
        LEFT JOIN inst ON inst.fixmedins_code = v.fixmedins_code AND v.begin_day BETWEEN inst.since AND inst.until""",
    "refund": """
        SELECT mdtrt_id, init_feedetl_sn AS bkkp_sn, sum(abs(cnt)) AS cnt, sum(abs(det_item_fee_sumamt)) AS amount, sum(abs(inscp_amt)) AS scope
        FROM fee_list_d WHERE (cnt < 0 OR det_item_fee_sumamt < 0) AND init_feedetl_sn IS NOT NULL GROUP BY ALL""",
}

NET = """
    SELECT l.mdtrt_id, l.bkkp_sn, l.fixmedins_code, l.psn_no,
           CASE WHEN l.med_list_codg NOT IN ('-', '无', 'NULL') THEN upper(CASE WHEN instr(l.med_list_codg, '-') = 16
                THEN split_part(l.med_list_codg, '-', 1) ELSE l.med_list_codg END) END AS code,
           l.fee_ocur_time AS ts, CAST(l.fee_ocur_time AS DATE) AS day, l.cnt - coalesce(r.cnt, 0) AS cnt,
           fen(l.det_item_fee_sumamt - coalesce(r.amount, 0)) AS amount, fen(l.inscp_amt - coalesce(r.scope, 0)) AS in_scope,
           l.list_type, l.med_chrgitm_type AS charge_type, l.dscg_tkdrug_flag = '1' AS take_home, l.matn_fee_flag = '1' AS maternity,
           l.rx_circ_flag = '1' AS circulated, l.rx_drord_no, l.bilg_dr_code
    FROM fee_list_d l
    LEFT JOIN refund r ON r.mdtrt_id = l.mdtrt_id AND r.bkkp_sn = l.bkkp_sn
    WHERE l.cnt > 0 AND l.det_item_fee_sumamt >= 0 AND coalesce(l.vali_flag, '1') <> '0' AND l.cnt > coalesce(r.cnt, 0)
      AND NOT EXISTS (SELECT 1 FROM void WHERE void.setl_id = l.setl_id)"""

# A line's age and sex are the baby's where the item is only for newborns and a delivery stands in the stay.
FOR_BABY = """(v.marked OR (v.delivered AND (l.code LIKE '00311202%' OR l.code = '001201000070000')))"""
BORN = f"""CASE WHEN NOT {FOR_BABY} THEN v.birth WHEN v.marked THEN v.visit_birth ELSE coalesce(v.delivery_day, CAST(v.stay_begin AS DATE)) END"""
SEX = f"CASE WHEN NOT {FOR_BABY} THEN v.sex END"


def knowledge(table, rule, deciding, unique=()):
    """Points that decide for a rule: reviewed, filled, the city's own before national ones, the first of equal ones."""
    filled = " AND ".join(f"{column} IS NOT NULL" for column in deciding) or "TRUE"
    key = ", ".join(["code", *unique])
    return f"""(SELECT * FROM k_{table} WHERE (rule = '{rule}' OR (rule IS NULL AND {filled})) AND reviewed = '1' AND {filled}
        QUALIFY (region IS NOT NULL OR NOT bool_or(region IS NOT NULL) OVER (PARTITION BY code))
            AND row_number() OVER (PARTITION BY {key}, region, since ORDER BY n) = 1)"""


def on_day(line="l", point="k"):
    return f"{point}.code = {line}.code AND {line}.day BETWEEN {point}.since AND {point}.until"


def lines(table, rule, deciding, hit, in_scope=True, unique=()):
    """A line rule with knowledge: how many net lines it hits."""
    scope = "l.in_scope > 0 AND" if in_scope else ""
    return f"""SELECT count(*) FROM net l JOIN {knowledge(table, rule, deciding, unique)} k ON {on_day()}
        JOIN visit v ON v.mdtrt_id = l.mdtrt_id WHERE {scope} ({hit})"""


def age_in(unit):
    return f"CASE {unit} WHEN 'day' THEN l.day - ({BORN}) WHEN 'month' THEN months({BORN}, l.day) ELSE years({BORN}, l.day) END"


OUTSIDE = """
  CAST(v.stay_begin AS DATE) - l.day > 0
  AND NOT (coalesce(l.charge_type IN ('03', '04', '1408', '1409', '1410', '145301'), FALSE) AND CAST(v.stay_begin AS DATE) - l.day <= 3)
  OR l.day - CAST(v.stay_end AS DATE) > 0
  AND (l.day - CAST(v.stay_end AS DATE) > 1 OR hour(v.stay_end) < 18 OR epoch(l.ts) - epoch(v.stay_end) > 6 * 3600)
  AND NOT coalesce(l.take_home, FALSE)"""

PRICE = """(k.tier IS NULL OR k.tier = CAST(v.level AS VARCHAR)) AND k.cap IS NOT NULL AND (
  l.amount / 100 / l.cnt > k.cap::DECIMAL(18,6) * (100 + coalesce(k.child_addon::DECIMAL(9,2), 0)) / 100 + 0.01
  OR (l.amount / 100 / l.cnt > k.cap::DECIMAL(18,6) + 0.01 AND years({born}, l.day) > 6))"""


def window(table, rule, points_of, deciding, place, limit, where, combine="combine", quantity="l.cnt"):
    """Quantity within a window against a limit: how many windows are over."""
    return f"""SELECT count(*) FROM (
        SELECT sum({quantity}) AS total, any_value({limit}) AS most
        FROM net l JOIN {knowledge(table, points_of, deciding)} k ON {on_day()} JOIN visit v ON v.mdtrt_id = l.mdtrt_id
        WHERE {where} GROUP BY l.fixmedins_code, l.psn_no, coalesce(k.{combine}, l.code), {place})
      WHERE total > most"""


FREQUENCY_PLACE = """CASE k.window WHEN 'hour' THEN strftime(l.ts, '%Y%m%d%H') WHEN 'visit' THEN l.mdtrt_id WHEN 'stay' THEN v.stay_id
        ELSE strftime(l.day, '%Y%m%d') END, k.window"""
BABIES = "CASE WHEN v.has_baby OR v.babies > 1 THEN v.babies ELSE 1 END"
POSSIBLE_HOURS = """CASE WHEN v.stay_end IS NULL THEN NULL ELSE
        ceil((epoch(least(v.stay_end, l.day + INTERVAL 1 DAY)) - epoch(greatest(v.stay_begin, CAST(l.day AS TIMESTAMP)))) / 3600) END"""

PAIRS = f"""
    WITH k AS {knowledge('kp_pair_exclusion', 'GZ10000102012000', ['item_b', '"window"'], ['item_b'])},
    place AS (SELECT l.*, l.ts <> CAST(l.day AS TIMESTAMP) AS timed, v.stay_id, v.class, v.babies FROM net l JOIN visit v USING (mdtrt_id)
              WHERE l.code IN (SELECT code FROM k UNION SELECT item_b FROM k)),
    op AS (SELECT v.stay_id, coalesce(o.oprn_oprt_date, CAST(o.oprn_oprt_begntime AS DATE)) AS day, o.oprn_oprt_code, o.oprn_oprt_begntime
           FROM setl_list_oprn_d o JOIN visit v USING (mdtrt_id)),
    met AS (
      SELECT k.id, b.mdtrt_id, b.bkkp_sn, any_value(b.cnt) AS cnt, any_value(b.in_scope) AS in_scope, any_value(b.ts) AS ts,
             any_value(CASE WHEN k.window IN ('visit', 'stay') THEN b.stay_id ELSE b.fixmedins_code || b.psn_no || b.day END) AS place,
             sum(a.cnt) * any_value(coalesce(k.cover_b::INT, 1)) AS cover, any_value(coalesce(k.max_b::INT, 0)) AS most, any_value(b.babies) AS babies,
             any_value(k.override = '1') AS override, any_value(b.stay_id) AS stay_id, any_value(b.day) AS day, any_value(b.class) AS class, any_value(b.code) AS code,
             bool_and((a.class = 'emergency' AND b.class = 'inpatient') OR (a.class = 'inpatient' AND b.class = 'emergency')) AS two_places
      FROM place a JOIN k ON {on_day('a')} JOIN place b ON b.code = k.item_b AND b.fixmedins_code = a.fixmedins_code AND b.psn_no = a.psn_no
       AND CASE k.window WHEN 'visit' THEN a.stay_id = b.stay_id WHEN 'stay' THEN a.stay_id = b.stay_id
            WHEN 'hour' THEN date_trunc('hour', a.ts) = date_trunc('hour', b.ts) AND a.timed AND b.timed
            WHEN '6h' THEN abs(epoch(a.ts) - epoch(b.ts)) <= 6 * 3600 AND a.timed AND b.timed ELSE a.day = b.day END
      GROUP BY k.id, b.mdtrt_id, b.bkkp_sn),
    ops AS (SELECT m.id, m.mdtrt_id, m.bkkp_sn, count(*) AS recorded,
                   count(DISTINCT (op.oprn_oprt_code, op.oprn_oprt_begntime)) FILTER (WHERE coalesce(op.day, m.day) = m.day) AS done
            FROM met m JOIN op USING (stay_id) WHERE m.override GROUP BY ALL),
    judged AS (
      SELECT m.*, sum(m.cnt) OVER (PARTITION BY m.id, m.place ORDER BY m.ts DESC, m.bkkp_sn DESC ROWS UNBOUNDED PRECEDING) - m.cnt AS spent,
             sum(m.cnt) OVER (PARTITION BY m.id, m.place) AS total
      FROM met m LEFT JOIN ops USING (id, mdtrt_id, bkkp_sn)
      WHERE m.in_scope > 0 AND NOT (m.override AND CASE WHEN ops.recorded IS NULL THEN m.class = 'inpatient' ELSE ops.done > 1 END)
        AND NOT (m.two_places AND (regexp_matches(m.code, '^(0011|0012)') OR regexp_matches(m.code, '^(0031070102|0031070200)'))))
    SELECT count(DISTINCT (mdtrt_id, bkkp_sn)) FROM judged WHERE spent < least(cover, total - most * babies)"""


def course(table, rule, deciding, limit, pause, gap):
    """Service days of a course against a limit: how many courses are over."""
    return f"""
    WITH use AS (
      SELECT l.psn_no, coalesce(k.{'course_group' if table == 'kp_drug_pay' else 'combine'}, l.code) AS item, l.day, k.course_scope AS reach, v.stay_id,
             bool_or(l.in_scope > 0) AS charged, any_value({limit}) AS most, any_value({gap}) AS least_gap,
             bool_or({"coalesce(k.course_basis = 'span', FALSE)" if table == 'kp_drug_pay' else 'FALSE'}) AS by_span
      FROM net l JOIN {knowledge(table, rule, deciding)} k ON {on_day()} JOIN visit v ON v.mdtrt_id = l.mdtrt_id
      WHERE l.in_scope IS NOT NULL GROUP BY ALL),
    days AS (SELECT psn_no, item, day, reach, CASE WHEN reach = 'stay' THEN stay_id END AS stay, bool_or(charged) AS charged, any_value(most) AS most,
                    any_value(least_gap) AS least_gap, bool_or(by_span) AS by_span FROM use GROUP BY ALL),
    fresh AS (SELECT *, day - lag(day) OVER w AS since_last, CASE WHEN reach = 'episode' AND day - lag(day) OVER w > {pause} THEN 1 ELSE 0 END AS fresh
              FROM days WINDOW w AS (PARTITION BY psn_no, item, stay ORDER BY day)),
    island AS (SELECT *, sum(fresh) OVER (PARTITION BY psn_no, item, stay ORDER BY day) AS course FROM fresh),
    counted AS (SELECT *, CASE WHEN by_span THEN day - first_value(day) OVER w + 1 ELSE row_number() OVER w END AS place
                FROM island WINDOW w AS (PARTITION BY psn_no, item, stay, course ORDER BY day))
    SELECT count(DISTINCT (psn_no, item, coalesce(stay, ''), course)) FROM counted
    WHERE charged AND (place > most OR (place > 1 AND since_last < least_gap))"""


PERIOD = f"""
    WITH use AS (
      SELECT l.psn_no, coalesce(k.combine, l.code) AS item, l.day, bool_or(l.in_scope > 0) AS charged, any_value(k.period_n::INT) AS uses,
             any_value(k.period_days::INT) AS days
      FROM net l JOIN {knowledge('kp_service_pay', 'E25-031', ['period_n', 'period_days'])} k ON {on_day()} GROUP BY ALL)
    SELECT count(*) FROM (
      SELECT later.psn_no FROM use later JOIN use earlier ON earlier.psn_no = later.psn_no AND earlier.item = later.item
       AND earlier.day < later.day AND later.day - earlier.day < later.days
      WHERE later.charged GROUP BY later.psn_no, later.item, later.day HAVING count(*) >= any_value(later.uses))"""

HERBS = f"""
    WITH k AS {knowledge('kp_herb_pay', 'GZ10000101004000', ['mode'])},
    member AS (
      SELECT coalesce(l.mdtrt_id || '|' || l.rx_drord_no, l.mdtrt_id || '|' || coalesce(l.bilg_dr_code, '-') || '|' || strftime(l.ts, '%Y%m%d%H%M')) AS sheet,
             l.code, k.mode, l.in_scope
      FROM net l LEFT JOIN k ON {on_day()} WHERE coalesce(l.list_type = '102', l.charge_type = '10'))
    SELECT count(*) FROM (SELECT sheet FROM member GROUP BY sheet HAVING bool_and(coalesce(mode = 'not_alone', FALSE)) AND bool_or(in_scope > 0))"""

DIAGNOSIS = f"""
    WITH k AS {knowledge('kp_icd_demog', 'GZ10000204006000', ['gender'])},
    met AS (SELECT d.mdtrt_id, d.diag_code, arg_max(k.gender, length(k.code)) AS gender
            FROM setl_list_diag_d d JOIN k ON d.diag_code LIKE k.code || '%'
            WHERE coalesce(d.vali_flag, '1') <> '0' AND coalesce(d.diag_type, '1') NOT IN ('2', '3') GROUP BY ALL)
    SELECT count(DISTINCT mdtrt_id) FROM met JOIN visit v USING (mdtrt_id) WHERE met.gender <> v.sex AND NOT v.has_baby"""

STAYS = """
    stay AS (
      SELECT stay_id, any_value(fixmedins_code) AS fixmedins_code, any_value(psn_no) AS psn_no, min(begntime) AS begin,
             CASE WHEN count(endtime) = count(*) THEN max(endtime) END AS stop,
             substr(arg_max(dscg_maindiag_code, begntime), 1, 3) AS category, arg_max(dscg_way, begntime) AS leaving,
             arg_min(refl_old_mdtrt_id, begntime) AS referred_from, list(mdtrt_id) AS members, arg_min(clr_way, begntime) AS clr_way,
             bool_or(nwb_flag = '1' AND NOT has_baby) AS newborn
      FROM visit WHERE class = 'inpatient' GROUP BY stay_id)"""

SPLIT = f"""
    WITH {STAYS},
    two AS (SELECT *, lag(stop) OVER w AS p_stop, lag(category) OVER w AS p_category, lag(leaving) OVER w AS p_leaving, lag(members) OVER w AS p_members,
                   lag(newborn) OVER w AS p_newborn, CAST(begin AS DATE) - CAST(lag(stop) OVER w AS DATE) AS gap
            FROM stay WINDOW w AS (PARTITION BY fixmedins_code, psn_no ORDER BY begin, stay_id)),
    near AS (SELECT * FROM two WHERE gap BETWEEN 0 AND 15 AND category = p_category AND coalesce(p_leaving, '') <> '2'
             AND NOT (newborn OR p_newborn) AND NOT coalesce(list_contains(p_members, referred_from), FALSE)),
    cycle AS (SELECT DISTINCT v.stay_id FROM net l JOIN visit v USING (mdtrt_id) JOIN k_kp_cycle_therapy k ON {on_day()}
              WHERE k.kind IN ('drug', 'item') AND v.stay_id IN (SELECT stay_id FROM near)
              UNION SELECT v.stay_id FROM setl_list_oprn_d o JOIN visit v USING (mdtrt_id) JOIN k_kp_cycle_therapy k ON k.code = upper(o.oprn_oprt_code)
              WHERE k.kind = 'operation')
    SELECT count(*) FROM near WHERE stay_id NOT IN (SELECT stay_id FROM cycle)"""

OVERLAP = f"""
    WITH {STAYS}
    SELECT count(*) FROM stay a JOIN stay b ON a.psn_no = b.psn_no AND a.fixmedins_code <> b.fixmedins_code
     AND (a.begin, a.fixmedins_code, a.stay_id) < (b.begin, b.fixmedins_code, b.stay_id) AND CAST(a.stop AS DATE) >= CAST(b.begin AS DATE)
    WHERE NOT (a.newborn OR b.newborn) AND epoch(least(a.stop, b.stop)) - epoch(greatest(a.begin, b.begin)) >= 25 * 3600"""

ELSEWHERE = f"""
    WITH {STAYS}
    SELECT count(*) FROM visit v JOIN stay s ON s.psn_no = v.psn_no AND v.begin_day > CAST(s.begin AS DATE) AND v.begin_day < CAST(s.stop AS DATE)
    WHERE v.class <> 'inpatient' AND v.mdtrt_id IN (SELECT mdtrt_id FROM net)"""

IDLE = f"""
    WITH {STAYS},
    line AS (SELECT v.stay_id, l.ts, l.day, l.code FROM net l JOIN visit v USING (mdtrt_id) WHERE v.class = 'inpatient'),
    minute AS (SELECT stay_id, max(n) AS most, sum(n) AS lines FROM (
                 SELECT stay_id, CASE WHEN ts = CAST(day AS TIMESTAMP) THEN NULL ELSE date_trunc('minute', ts) END AS m, count(*) AS n
                 FROM line GROUP BY ALL) GROUP BY stay_id),
    posted AS (SELECT stay_id FROM minute WHERE lines >= 10 AND most * 100 > lines * 60
               UNION SELECT l.stay_id FROM line l JOIN stay s USING (stay_id) GROUP BY l.stay_id, s.begin, s.stop
               HAVING CAST(s.stop AS DATE) - CAST(s.begin AS DATE) >= 2 AND bool_and(l.day = CAST(s.stop AS DATE))),
    keeping AS (SELECT DISTINCT code FROM k_line_role WHERE role IN ('bed', 'nursing', 'consult', 'heating', 'cooling')),
    treated AS (SELECT DISTINCT l.stay_id, l.day FROM line l WHERE l.code IS NULL OR l.code NOT IN (SELECT code FROM keeping)),
    whole AS (SELECT stay_id, CAST(unnest(generate_series(CAST(begin AS DATE) + INTERVAL 1 DAY, CAST(stop AS DATE) - INTERVAL 1 DAY, INTERVAL 1 DAY)) AS DATE) AS day
              FROM stay WHERE stop IS NOT NULL AND clr_way <> '03' AND stay_id NOT IN (SELECT stay_id FROM posted)),
    idle AS (SELECT w.stay_id, w.day, t.day IS NULL AS idle FROM whole w LEFT JOIN treated t ON t.stay_id = w.stay_id AND t.day = w.day),
    run AS (SELECT stay_id, day, idle, day - row_number() OVER (PARTITION BY stay_id, idle ORDER BY day)::INT AS island FROM idle),
    longest AS (SELECT stay_id, max(n) AS run FROM (SELECT stay_id, count(*) AS n FROM run WHERE idle GROUP BY stay_id, island) GROUP BY stay_id)
    SELECT count(*) FROM (SELECT i.stay_id FROM idle i LEFT JOIN longest USING (stay_id) GROUP BY i.stay_id, longest.run
      HAVING longest.run >= 3 OR count(*) FILTER (WHERE idle) >= 0.5 * count(*))"""

# Ranks by catalogue price, else by what was billed; the usual price of an institution is left out.
DISCOUNT = f"""
    WITH k AS {knowledge('kp_surgery_discount', 'GZ10000102002000', ['"group"'], ['"group"'])},
    began AS (SELECT mdtrt_id, CAST(oprn_oprt_begntime AS DATE) AS day, list_sort(list(DISTINCT oprn_oprt_begntime)) AS begins FROM setl_list_oprn_d
              WHERE oprn_oprt_begntime <> CAST(CAST(oprn_oprt_begntime AS DATE) AS TIMESTAMP) GROUP BY ALL HAVING count(DISTINCT oprn_oprt_begntime) >= 2),
    op AS (SELECT l.*, k.group, k.ratio_2, k.ratio_3, v.level,
                  CASE WHEN l.ts <> CAST(l.day AS TIMESTAMP) THEN (SELECT coalesce(max(b) FILTER (WHERE b <= l.ts), min(b)) FROM (SELECT unnest(w.begins) AS b)) END AS session,
                  (SELECT any_value(p.cap::DECIMAL(18,6)) FROM k_price_catalog p WHERE p.code = l.code AND (p.tier IS NULL OR p.tier = CAST(v.level AS VARCHAR))) AS cap
           FROM net l JOIN k ON {on_day()} JOIN visit v USING (mdtrt_id) LEFT JOIN began w ON w.mdtrt_id = l.mdtrt_id AND w.day = l.day),
    ranked AS (SELECT *, dense_rank() OVER (PARTITION BY mdtrt_id, "group", day, session ORDER BY coalesce(cap, amount / 100 / cnt) DESC, code) AS place FROM op)
    SELECT count(*) FROM ranked WHERE place >= 2 AND in_scope > 0
      AND amount > fen(cap * coalesce((CASE place WHEN 2 THEN ratio_2 ELSE ratio_3 END)::DECIMAL(9,6), 0.5) * ceil(cnt))"""

TRACES = """
    WITH refunded AS (SELECT DISTINCT init_setl_id AS setl_id FROM setl_d WHERE init_setl_id IS NOT NULL AND refd_setl_flag = '1'),
    live AS (SELECT s.setl_id, s.mdtrt_id, s.setl_time FROM setl_d s LEFT JOIN refunded r USING (setl_id)
             WHERE r.setl_id IS NULL AND coalesce(s.refd_setl_flag, '0') <> '1' AND coalesce(s.vali_flag, '1') <> '0'),
    only_one AS (SELECT mdtrt_id, min(setl_id) AS setl_id FROM live GROUP BY mdtrt_id),
    scan AS (SELECT t.drug_trac_codg AS code, t.mdtrt_id, coalesce(t.setl_id, o.setl_id) AS setl_id, t.bkkp_sn, t.trdn_flag, t.sel_retn_time, coalesce(t.sel_retn_cnt, 1) AS cnt
             FROM drugtracinfo t LEFT JOIN only_one o USING (mdtrt_id) WHERE length(t.drug_trac_codg) >= 8 AND replace(t.drug_trac_codg, '0', '') <> ''),
    kept AS (SELECT code, mdtrt_id FROM scan GROUP BY ALL HAVING sum(cnt) > 0),
    sale AS (SELECT s.code, s.setl_id, l.mdtrt_id, CASE WHEN max(s.trdn_flag) IS NULL OR count(s.trdn_flag) < count(*) THEN NULL ELSE max(s.trdn_flag) END AS opened
             FROM scan s JOIN kept n USING (code, mdtrt_id) JOIN live l ON l.setl_id = s.setl_id WHERE s.cnt > 0 GROUP BY s.code, s.setl_id, l.mdtrt_id)
    SELECT count(*) FROM (SELECT code FROM sale WHERE coalesce(opened, '0') <> '1' GROUP BY code
                          HAVING count(*) >= 2 AND count(*) FILTER (WHERE opened = '0') >= 2)"""

QUERIES = {
    "GZ10000301004000": lines("kp_drug_label", "GZ10000301004000", ["gender"], f"k.gender <> {SEX}", False),
    "GZ10000301002000": lines("kp_drug_label", "GZ10000301002000", ["child_only"], f"k.child_only = '1' AND years({BORN}, l.day) > coalesce(k.age_max::INT, 14)", False),
    "GZ10000302004000": lines("kp_service_pay", "GZ10000302004000", ["gender"], f"k.gender <> {SEX}", False),
    "GZ10000302003000": lines("kp_service_pay", "GZ10000302003000", ["child_only"], f"k.child_only = '1' AND {age_in('k.age_unit')} > coalesce(k.age_max::INT, 14)", False),
    "GZ10000101007000": lines("kp_drug_pay", "GZ10000101007000", ["age_unit"],
        f"{age_in('k.age_unit')} < coalesce(k.age_min::INT, 0) OR {age_in('k.age_unit')} > coalesce(k.age_max::INT, CASE k.age_unit WHEN 'year' THEN 14 END)"),
    "GZ10000101001000": lines("kp_drug_pay", "GZ10000101001000", ["insu_limit"], "k.insu_limit = 'work_injury' AND (v.insutype = '310' OR v.insutype BETWEEN '320' AND '399')"),
    "GZ10000101002000": lines("kp_drug_pay", "GZ10000101002000", ["insu_limit"],
        "k.insu_limit = 'maternity' AND v.insutype NOT IN ('380', '390', '391', '392') AND NOT (v.insutype = '510' OR substr(v.med_type, 1, 2) IN ('51', '52', '53') OR l.maternity) AND v.matn_type IS NULL"),
    "GZ10000101012000": lines("kp_drug_pay", "GZ10000101012000", ["hosp_lv_min"],
        "NOT coalesce(l.circulated, FALSE) AND v.level < k.hosp_lv_min::INT AND coalesce(k.first_rx_only, '0') <> '1' AND NOT coalesce(v.level >= k.hosp_lv_specialist::INT, FALSE)"),
    "E25-013": lines("kp_drug_pay", "E25-013", ["visit_mode"], """v.class NOT IN ('inpatient', 'special') AND NOT (k.visit_mode = 'er_ip' AND v.class = 'emergency')
        AND NOT (v.class = 'emergency' AND EXISTS (SELECT 1 FROM visit s WHERE s.class = 'inpatient' AND s.psn_no = v.psn_no AND s.fixmedins_code = v.fixmedins_code
          AND (epoch(s.begntime) - epoch(coalesce(v.endtime, v.begntime)) BETWEEN 0 AND 86400
               OR (v.begntime <= s.begntime AND CAST(coalesce(v.endtime, v.begntime) AS DATE) = s.begin_day))))"""),
    "GZ10000102001000": lines("price_catalog", "GZ10000102001000", [], PRICE.format(born=BORN), True, ["tier"]),
    "GZ10000201008000": f"SELECT count(*) FROM net l JOIN visit v USING (mdtrt_id) WHERE v.class = 'inpatient' AND ({OUTSIDE})",
    "M007": """SELECT count(*) FROM net l JOIN visit v USING (mdtrt_id) WHERE v.death IS NOT NULL AND l.day - v.death > 1""",
    "GZ10000102014000": window("kp_service_pay", "GZ10000102014000", "GZ10000102014000", ["freq_unit", '"window"'], FREQUENCY_PLACE,
        f"coalesce(k.freq_n::INT, CASE k.freq_unit WHEN 'hour' THEN 24 ELSE 1 END) * {BABIES}", "l.in_scope > 0 AND NOT (k.window = 'hour' AND l.ts = CAST(l.day AS TIMESTAMP))"),
    "M020": window("kp_service_pay", "M020", "GZ10000102014000", ["freq_unit"], "l.day", f"{POSSIBLE_HOURS} * {BABIES}", "v.class = 'inpatient' AND k.freq_unit = 'hour'"),
    "M021": window("line_role", "M021", "M021", ["role", '"class"'], "v.stay_id",
        f"CASE WHEN v.stay_end IS NOT NULL THEN (greatest(CAST(v.stay_end AS DATE) - CAST(v.stay_begin AS DATE), 1) + 1) * {BABIES} END", "v.class = 'inpatient' AND k.role IN ('bed', 'nursing', 'consult')", '"class"'),
    "GZ10000102012000": PAIRS,
    "GZ10000102002000": DISCOUNT,
    "GZ10000101010000": course("kp_drug_pay", "GZ10000101010000", ["max_course_days", "course_scope"], "k.max_course_days::INT", 30, "NULL::INT"),
    "GZ10000102010000": course("kp_service_pay", "GZ10000102010000", ["course_days", "course_scope"], "k.course_days::INT", 90, "k.min_gap_days::INT"),
    "E25-031": PERIOD,
    "GZ10000101004000": HERBS,
    "GZ10000204006000": DIAGNOSIS,
    "GZ10000204001000": SPLIT,
    "M004": ELSEWHERE,
    "M005": OVERLAP,
    "M010": IDLE,
    "M024": TRACES,
}


def open_tables(connection, parquet, points):
    for path in glob.glob(os.path.join(parquet, "*.parquet")):
        name = os.path.splitext(os.path.basename(path))[0]
        if name != "net":
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")
    for path in glob.glob(os.path.join(points, "*.csv")):
        name = os.path.splitext(os.path.basename(path))[0]
        connection.execute(f"""CREATE TEMP TABLE k_{name} AS SELECT row_number() OVER () AS n, *,
            coalesce(TRY_CAST(valid_from AS DATE), DATE '0001-01-01') AS since, coalesce(TRY_CAST(valid_to AS DATE), DATE '9999-12-31') AS until
            FROM read_csv('{path}', header = true, all_varchar = true, parallel = false) WHERE region IS NULL OR region = 'synthetic'""")
    connection.execute(f"""CREATE TEMP TABLE inst AS SELECT fixmedins_code, {LEVEL.format('hosp_lv')} AS level,
        coalesce(begntime, DATE '0001-01-01') AS since,
        coalesce(lead(begntime) OVER (PARTITION BY fixmedins_code ORDER BY begntime NULLS FIRST) - INTERVAL 1 DAY, endtime, DATE '9999-12-31') AS until
        FROM fixmedins_b""")


def prepare(connection, parquet):
    for name, query in PREPARE.items():
        connection.execute(f"CREATE TEMP TABLE {name} AS {query}")
    net = os.path.join(parquet, "net.parquet")
    connection.execute(f"COPY ({NET}) TO '{net}' (FORMAT parquet, COMPRESSION zstd)")
    connection.execute(f"CREATE VIEW net AS SELECT * FROM '{net}'")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("parquet")
    parser.add_argument("knowledge")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {arguments.threads}")
    for macro in MACROS:
        connection.execute(macro)
    open_tables(connection, arguments.parquet, arguments.knowledge)
    prepare(connection, arguments.parquet)
    parts, hits = {"1 normalise": time.perf_counter() - begin}, {}
    for rule, query in QUERIES.items():
        since = time.perf_counter()
        hits[rule] = connection.execute(query).fetchall()[0][0]
        parts[f"rule {rule}"] = time.perf_counter() - since
    seconds = time.perf_counter() - begin
    parts["2 queries"] = seconds - parts["1 normalise"]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "rows": connection.sql("SELECT count(*) FROM fee_list_d").fetchall()[0][0],
        "parts": parts,
        "hits": hits,
    }))


main()
